"""Figures of experiments: how much can be hidden, and which heads the answer needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from vit.figures.colour import BLUE, GREEN, ORANGE
from vit.figures.margins import LEGEND, fixed


def hiding(shares: Sequence[float], curves: Mapping[str, np.ndarray]) -> go.Figure:
    """The output's likeness to its first self (shares,) over the share of patches out of sight; a line an order."""
    figure = go.Figure()
    looks = ((ORANGE, "solid"), (BLUE, "dash"), (GREEN, "dot"))
    for (name, values), (colour, dash) in zip(curves.items(), looks, strict=False):
        figure.add_scatter(
            x=[100 * share for share in shares],
            y=values,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 3, "dash": dash},
            hovertemplate="%{x:.0f} % hidden: cosine <b>%{y:.4f}</b><extra>%{fullData.name}</extra>",
        )
    low = min(0.0, *(float(values.min()) for values in curves.values()))
    figure.update_layout(
        height=340,
        margin=fixed(top=48),
        xaxis={"title": "patches hidden, %", "range": [-2, 102]},
        yaxis={"title": "cosine with the first answer", "range": [low - 0.05, 1.05]},
        **LEGEND,
    )
    return figure
