"""Figures of training: curves over the steps, the confusion matrix, and the comparison of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from vit.figures.colour import BLUE, LINES, ORANGE, VIRIDIS
from vit.figures.curves import Curve
from vit.figures.lines import DOTTED, upright
from vit.figures.margins import LEGEND, NARROW

POINTS = 300  # of a curve; a screen shows no more
STEPS: dict[str, object] = {"title": "step (one batch each)"}  # an axis


def curve_pair(training: Curve, held_out: Curve, quantity: str, at: int | None = None) -> go.Figure:
    """The same ``quantity`` (``loss`` or ``accuracy``) on training batches and on held-out pictures.

    ``at``: the step that is looked at elsewhere on the page, marked by a line.
    """
    form = ".2%" if quantity == "accuracy" else ".4f"
    axis: dict[str, object] = {"title": quantity, "rangemode": "tozero"}
    if quantity == "accuracy":
        axis |= {"range": [0, 1.02], "tickformat": ".0%"}
    marks = [] if at is None else [upright(at, {**DOTTED, "width": 1.5})]
    figure = _empty(300, STEPS, axis, shapes=marks)
    for name, curve, colour, dash, mode in (
        ("training batches", training.thinned(POINTS), BLUE, "solid", "lines"),
        ("held-out pictures", held_out, ORANGE, "dash", "lines+markers"),
    ):
        figure.add_scatter(
            x=curve.steps,
            y=curve.values,
            name=name,
            mode=mode,
            line={"color": colour, "width": 2.5, "dash": dash},
            marker={"size": 6},
            hovertemplate=f"step %{{x:.0f}}<br>{quantity} <b>%{{y:{form}}}</b><extra>{name}</extra>",
        )
    return figure


def confusion_map(counts: np.ndarray, classes: Sequence[str]) -> go.Figure:
    """How often a class (row) was taken for another (column), (classes, classes); the diagonal is right.

    Colours are shares of a row, so that a rare class is seen as well as a common one; the numbers are counts.
    """
    names = [_short(name) for name in classes]
    places = list(range(len(names)))
    every = max(1, len(names) // 25)
    ticks = {"tickvals": places[::every], "ticktext": names[::every]}
    x = {"title": "the model says", "constrain": "domain", **ticks}
    y = {"title": "it is", "autorange": "reversed", "scaleanchor": "x", "constrain": "domain", **ticks}
    figure = _empty(430, x, y)
    figure.add_heatmap(
        x=places,
        y=places,
        z=counts / np.maximum(counts.sum(axis=1, keepdims=True), 1),
        zmin=0,
        zmax=1,
        colorscale=list(VIRIDIS),
        colorbar={"title": "share of<br>the row", "thickness": 12, "tickformat": ".0%"},
        text=np.where(counts > 0, counts.astype(str), "") if len(names) <= 25 else None,
        texttemplate="%{text}" if len(names) <= 25 else None,
        customdata=counts,
        hovertemplate="%{y}, taken for %{x}<br><b>%{customdata}</b> pictures, %{z:.1%} of the row<extra></extra>",
    )
    return figure


def comparison(runs: Mapping[str, Curve], quantity: str = "accuracy") -> go.Figure:
    """The held-out ``quantity`` of several runs over the steps, a curve a run."""
    axis: dict[str, object] = {"title": f"{quantity} on held-out pictures"}
    if quantity == "accuracy":
        axis |= {"range": [0, 1.02], "tickformat": ".0%"}
    figure = _empty(340, STEPS, axis, showlegend=True)
    for place, (name, curve) in enumerate(runs.items()):
        colour, dash = LINES[place % len(LINES)]
        figure.add_scatter(
            x=curve.steps,
            y=curve.values,
            name=_short(name, 40),
            mode="lines+markers",
            line={"color": colour, "width": 2.5, "dash": dash},
            hovertemplate="step %{x:.0f}<br>held-out <b>%{y:.4f}</b><extra>%{fullData.name}</extra>",
        )
    return figure


def picture(pixels: np.ndarray) -> Image.Image:
    """A picture as data sets hold it, (c, height, width) bytes, for the screen."""
    rows = np.moveaxis(pixels, 0, -1)
    return Image.fromarray(rows[..., 0] if rows.shape[-1] == 1 else rows).convert("RGB")


def _short(name: str, most: int = 18) -> str:
    """A name somebody typed, cut to fit; Plotly would take tags in it for tags."""
    return escape(name if len(name) <= most else f"{name[: most - 1]}…", quote=False)


def _empty(height: int, x: dict[str, object], y: dict[str, object], **layout: object) -> go.Figure:
    """A chart with these axes. One that is drawn anew every second keeps the zoom of whoever looks at it."""
    return go.Figure(
        layout={"height": height, "margin": NARROW, **LEGEND, "xaxis": x, "yaxis": y, "uirevision": "kept", **layout}
    )
