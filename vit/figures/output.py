"""Figures of the output: how it forms from level to level, and what the head makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from vit.figures.colour import BLUE, LINES, ORANGE, class_scale
from vit.figures.margins import LEGEND, NARROW
from vit.figures.numbers import percent


def level_ticks(depth: int) -> list[str]:
    """Short names of the levels for an axis: ``in`` before block 0, then the block just passed."""
    return ["in", *map(str, range(depth))]


def _level_axis(depth: int, title: str = "read after block … (in: before block 0)") -> dict[str, object]:
    ticks = level_ticks(depth)
    every = max(1, round(len(ticks) / 14))
    return {"title": title, "tickvals": list(range(len(ticks)))[::every], "ticktext": ticks[::every]}


def _empty(height: int, **layout: object) -> go.Figure:
    return go.Figure(layout={"height": height, "margin": NARROW, **LEGEND, **layout})


def over_levels(read: np.ndarray, carried: np.ndarray) -> go.Figure:
    """Cosines with the final vector at every level (levels,): of the output read there, of what carries it."""
    depth = len(read) - 1
    low = min(0.0, float(read.min()), float(carried.min()))
    axis = {"title": "cosine with its final self", "range": [low - 0.05, 1.05]}
    figure = _empty(320, xaxis=_level_axis(depth), yaxis=axis)
    for name, values, colour, dash in (
        ("output, if read here", read, BLUE, "solid"),
        ("before the last norm", carried, ORANGE, "dash"),
    ):
        figure.add_scatter(
            y=values,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 3, "dash": dash},
            customdata=level_ticks(depth),
            hovertemplate="level %{customdata}: cosine <b>%{y:.4f}</b><extra>%{fullData.name}</extra>",
        )
    return figure


def top_bars(names: Sequence[str], probabilities: np.ndarray) -> go.Figure:
    """The likeliest classes, the first on top, as bars with the number on them. Plotly would take tags for tags."""
    figure = _empty(
        90 + 34 * len(names),
        margin={**NARROW, "r": 60},  # for the number behind a full bar, on a phone too
        xaxis={"title": "probability", "range": [0, 1], "tickvals": [0, 0.25, 0.5, 0.75, 1]},
        yaxis={
            "title": "class",
            "autorange": "reversed",
            "tickvals": list(range(len(names))),
            "ticktext": [escape(name if len(name) < 28 else name[:26] + "…", quote=False) for name in names],
        },
    )
    figure.add_bar(
        x=probabilities,
        y=list(range(len(names))),
        orientation="h",
        marker={"color": BLUE},
        text=[percent(p) for p in probabilities],
        textposition="outside",
        cliponaxis=False,
        customdata=[escape(name, quote=False) for name in names],
        hovertemplate="%{customdata}<br>probability <b>%{x:.6f}</b><extra></extra>",
    )
    return figure


def lens_lines(names: Sequence[str], probabilities: np.ndarray, what: str = "probability") -> go.Figure:
    """What up to five classes have at every level, probabilities or numbers: (levels, classes); a line a class."""
    depth = len(probabilities) - 1
    axis = {"title": what, "range": [-0.03, 1.03] if what == "probability" else None}
    figure = _empty(360, xaxis=_level_axis(depth), yaxis=axis)
    for name, values, (colour, dash) in zip(names, probabilities.T, LINES, strict=False):
        figure.add_scatter(
            y=values,
            name=escape(name, quote=False),
            mode="lines+markers",
            line={"color": colour, "width": 3, "dash": dash},
            customdata=level_ticks(depth),
            hovertemplate="level %{customdata}: " + what + " <b>%{y:.4f}</b><extra>%{fullData.name}</extra>",
        )
    return figure


def best_class_map(names: Sequence[str], shares: np.ndarray, classes: Sequence[str] = ()) -> go.Figure:
    """The likeliest class of every patch as a map, one colour a class, its name and probability under the pointer.

    ``names``: a patch a name, row by row; ``shares``: the probabilities, (gh, gw). ``classes``: all names, each with
    the colour of its place; where none are given, the most frequent class has the first colour.
    """
    order = list(classes) or sorted(set(names), key=lambda name: (-names.count(name), name))
    place = np.array([order.index(name) for name in names]).reshape(shares.shape)  # (gh, gw)
    text = np.array([escape(name, quote=False) for name in names], dtype=object).reshape(shares.shape)
    axis = {"visible": False, "constrain": "domain"}
    rows = {**axis, "autorange": "reversed", "scaleanchor": "x", "scaleratio": 1}
    figure = _empty(420, xaxis=axis, yaxis=rows)
    figure.add_heatmap(
        z=place,
        zmin=-0.5,
        zmax=len(order) - 0.5,
        colorscale=class_scale(len(order)),
        showscale=False,
        xgap=1,
        ygap=1,
        customdata=np.dstack([text, shares]),
        hovertemplate="patch (%{y}, %{x})<br><b>%{customdata[0]}</b> %{customdata[1]:.4f}<extra></extra>",
    )
    return figure
