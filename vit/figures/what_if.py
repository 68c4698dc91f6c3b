"""Figures of experiments: how much can be hidden before the answer changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from vit.figures.colour import BLUE, GREEN, ORANGE, PURPLE
from vit.figures.margins import LEGEND, fixed

LINES = ((ORANGE, "solid"), (BLUE, "dash"), (GREEN, "dot"), (PURPLE, "dashdot"))


def hiding(shares: Sequence[float], curves: Mapping[str, np.ndarray], what: str) -> go.Figure:
    """``what`` becomes of the answer, (shares,) numbers, over the share of patches hidden; a line an order."""
    low = min(0.0, *(float(values.min()) for values in curves.values()))
    high = max(1.0, *(float(values.max()) for values in curves.values()))
    figure = go.Figure(
        layout={
            "height": 360,
            "margin": fixed(top=72),
            "xaxis": {"title": "patches hidden, %", "range": [-2, 102]},
            "yaxis": {"title": escape(what, quote=False), "range": [low - 0.05 * high, 1.05 * high]},
            **LEGEND,
        }
    )
    for (name, values), (colour, dash) in zip(curves.items(), LINES, strict=False):
        figure.add_scatter(
            x=[100 * share for share in shares],
            y=values,
            name=escape(name, quote=False),
            mode="lines+markers",
            line={"color": colour, "width": 3, "dash": dash},
            hovertemplate="%{x:.0f} % hidden: <b>%{y:.4f}</b><extra>%{fullData.name}</extra>",
        )
    return figure
