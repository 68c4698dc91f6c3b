"""Figures of evidence: maps as pictures, what becomes of the answer as patches go, the answer's number as a sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from textwrap import shorten

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from vit.figures.colour import AROUND_ZERO, BLUE, GREY, ORANGE, mixed, viridis
from vit.figures.margins import LEGEND, fixed
from vit.figures.plain import cells


def map_picture(values: np.ndarray, signed: bool, side: int = 448) -> Image.Image:
    """A map (gh, gw) as a picture: viridis from its lowest to its highest, or blue and orange around zero."""
    if not signed:
        return cells(viridis(values, float(values.min()), float(values.max())), side)
    most = float(np.abs(values).max()) or 1.0
    return cells(mixed(AROUND_ZERO, (values / most + 1) / 2), side)


_STYLES = {"this map": (3, "solid"), "attention": (1.5, "dash"), "chance": (1.5, "dot")}  # a line's width and dash


def removal(shares: Sequence[float], lines: Mapping[str, tuple[np.ndarray, np.ndarray]], what: str) -> go.Figure:
    """``what`` is measured with the first shares of the patches removed, and with them alone shown: a pair (shares,)
    each, of the orders ``lines`` that there are: this map's, attention's, of chance."""
    every = np.concatenate([values for pair in lines.values() for values in pair])
    low, high = min(0.0, float(every.min())), max(0.0, float(every.max()))
    if high - low > 0.2:  # shares of 1; where a cosine hardly moves, as far as the lines go
        high = max(1.0, high)
    room = 0.03 * (high - low)
    title = {"text": escape(shorten(what, 30, placeholder=" …"), quote=False), "font": {"size": 11}}
    figure = go.Figure(
        layout={
            "height": 230,
            "margin": fixed(),
            "xaxis": {"title": "of the patches, %", "range": [-2, 102]},
            "yaxis": {"title": title, "range": [low - room, high + room]},
            **LEGEND,
        }
    )
    for name in (name for name in reversed(_STYLES) if name in lines):  # this map's above the others
        width, dash = _STYLES[name]
        for values, way, colour in zip(lines[name], ("removed", "alone shown"), (ORANGE, BLUE), strict=True):
            figure.add_scatter(
                x=[100 * share for share in shares],
                y=values,
                name=f"{name}, {way}",
                mode="lines",
                line={"color": colour, "width": width, "dash": dash},
                showlegend=False,
                hovertemplate="first %{x:.0f} %: <b>%{y:.3f}</b><extra>%{fullData.name}</extra>",
            )
    return figure


def waterfall(names: Sequence[str], parts: np.ndarray, total: float) -> go.Figure:
    """A sum as steps: each part (parts,) begins where the one before it ended, and the last bar is the total."""
    labels = [*names, "= answer"]
    axis = {"tickvals": list(range(len(labels))), "ticktext": [escape(label, quote=False) for label in labels]}
    margin = {"l": 60, "r": 12, "t": 12, "b": 60}
    figure = go.Figure(layout={"height": 320, "margin": margin, "xaxis": axis, **LEGEND})
    figure.add_waterfall(
        x=list(range(len(labels))),
        y=[*parts, total],
        measure=[*["relative"] * len(parts), "total"],
        increasing={"marker": {"color": ORANGE}},
        decreasing={"marker": {"color": BLUE}},
        totals={"marker": {"color": GREY}},
        connector={"line": {"width": 1, "color": GREY}},
        customdata=[escape(label, quote=False) for label in labels],
        hovertemplate="%{customdata}: <b>%{y:+.4f}</b><extra></extra>",
    )
    return figure
