"""Figures of one block: a norm at work, scores before softmax, an activation with its neurons, what is added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from vit.figures.colour import BLUE, GREEN, GREY, ORANGE, class_colour
from vit.figures.lines import DOTTED, level, outline, upright
from vit.figures.margins import LEGEND, NARROW, fixed

CURVE = 200  # points of a drawn curve
DOTS = 250  # of two pixels each from the least active neuron to the most active


def histograms(values: Mapping[str, np.ndarray], title: str, bins: int = 60) -> go.Figure:
    """Several sets of numbers as histograms on one axis, the first blue, the second orange."""
    together = np.concatenate(list(values.values()))
    edges = np.linspace(float(together.min()), float(together.max()), bins + 1)
    width = edges[1] - edges[0]
    middles = np.arange(-1, bins + 1) * width + edges[0] + width / 2  # an empty bin at either end closes the outline
    axes = {"xaxis": {"title": title}, "yaxis": {"title": "how many"}}
    figure = go.Figure(layout={"height": 300, "margin": fixed(top=44), **axes, **LEGEND})
    for (name, numbers), colour in zip(values.items(), (BLUE, ORANGE), strict=False):
        counts, _ = np.histogram(numbers, edges)
        figure.add_scatter(
            x=middles,
            y=np.pad(counts, 1),
            name=name,
            **outline(colour),
            hovertemplate="about %{x:.3f}: <b>%{y}</b> numbers<extra>%{fullData.name}</extra>",
        )
    return figure


def activation_curve(curve: tuple[np.ndarray, np.ndarray], before: np.ndarray, after: np.ndarray) -> go.Figure:
    """An activation as a curve (x, y), and the neurons of a token on it: (mlp,) before, (mlp,) after.

    Of those that lie closer together than a dot is wide one is drawn: each dot costs a browser as much as a line.
    """
    axes = {"xaxis": {"title": "before"}, "yaxis": {"title": "after"}}
    figure = go.Figure(layout={"height": 320, "margin": fixed(), "showlegend": False, **axes})
    figure.add_scatter(x=curve[0], y=curve[1], mode="lines", line={"color": GREY, "width": 2}, hoverinfo="skip")
    step = (float(before.max()) - float(before.min())) / DOTS or 1.0
    _, first, many = np.unique(np.rint(before / step), return_index=True, return_counts=True)
    figure.add_scatter(
        x=before[first],
        y=after[first],
        mode="markers",
        marker={"color": ORANGE, "size": 5, "opacity": 0.5},
        customdata=[
            f"{neuron} and {more} beside it" if more else str(neuron)
            for neuron, more in zip(first, many - 1, strict=True)
        ],
        hovertemplate="neuron %{customdata}: %{x:.3f} → <b>%{y:.3f}</b><extra></extra>",
    )
    return figure


def sorted_neurons(activated: np.ndarray) -> go.Figure:
    """The activity of every neuron (mlp,), the most active first."""
    order = np.argsort(-activated, kind="stable")
    axes = {"xaxis": {"title": "neurons, the most active first"}, "yaxis": {"title": "activity"}}
    figure = go.Figure(layout={"height": 320, "margin": fixed(), "showlegend": False, **axes})
    figure.add_scatter(
        y=activated[order],
        mode="lines",
        line={"color": ORANGE, "width": 2},
        fill="tozeroy",
        customdata=order,
        hovertemplate="neuron %{customdata}: <b>%{y:.4f}</b><extra></extra>",
    )
    return figure


def _over_blocks(series: Mapping[str, np.ndarray], y: Mapping[str, object], **layout: object) -> go.Figure:
    """A line a name over the blocks; ``y``: the axis."""
    every = max(1, round(len(next(iter(series.values()))) / 12))
    x = {"title": "block", "dtick": every}
    figure = go.Figure(layout={"height": 320, "margin": fixed(top=44), "xaxis": x, "yaxis": y, **LEGEND, **layout})
    looks = {"attention": (ORANGE, "solid"), "MLP": (GREEN, "dash"), "the vector after the block": (BLUE, "dot")}
    for name, values in series.items():
        colour, dash = looks[name]
        figure.add_scatter(
            x=np.arange(len(values)),
            y=values,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 3, "dash": dash},
            hovertemplate="block %{x}: <b>%{y:.4f}</b><extra>%{fullData.name}</extra>",
        )
    return figure


def lengths(length: np.ndarray, attention: np.ndarray, mlp: np.ndarray) -> go.Figure:
    """How long the vector is after every block, and what its two halves add: (depth,) each."""
    series = {"the vector after the block": length, "attention": attention, "MLP": mlp}
    return _over_blocks(series, {"title": "length", "rangemode": "tozero"})


def directions(attention: np.ndarray, mlp: np.ndarray) -> go.Figure:
    """The cosine between what is there and what is added, block by block: (depth,) each."""
    axis = {"title": "cosine with what is there", "range": [-1.05, 1.05]}
    return _over_blocks({"attention": attention, "MLP": mlp}, axis, shapes=[level(0, DOTTED)])


def shares(rows: Mapping[str, Sequence[float]], parts: Sequence[str]) -> go.Figure:
    """Bars divided into ``parts``, a bar a name, each as shares of its own sum."""
    figure = go.Figure(
        layout={
            "height": 340,
            "barmode": "stack",
            "margin": NARROW,
            "xaxis": {"title": "share, %", "range": [0, 100]},
            "yaxis": {"autorange": "reversed"},
            "legend": {"orientation": "h", "y": -0.3, "yanchor": "top", "x": 0, "traceorder": "normal"},
            "modebar": LEGEND["modebar"],
        }
    )
    totals = [sum(values) for values in rows.values()]
    for index, part in enumerate(parts):
        numbers = [values[index] for values in rows.values()]
        figure.add_bar(
            y=list(rows),
            x=[100 * number / total for number, total in zip(numbers, totals, strict=True)],
            name=part,
            orientation="h",
            marker={"color": class_colour(index)},
            customdata=numbers,
            hovertemplate=f"{part}<br><b>%{{customdata:,}}</b>, %{{x:.2f}} %<extra>%{{y}}</extra>",
        )
    return figure


def growth(patches: Sequence[int], series: Mapping[str, Sequence[float]], here: int) -> go.Figure:
    """Multiply–adds over the number of patches, a line a part; a mark at the number in use."""
    axes = {"xaxis": {"title": "patches"}, "yaxis": {"title": "multiply–adds", "rangemode": "tozero"}}
    mark = upright(here, DOTTED)
    figure = go.Figure(layout={"height": 300, "margin": fixed(top=44), "shapes": [mark], **axes, **LEGEND})
    for (name, values), (colour, dash) in zip(series.items(), ((ORANGE, "solid"), (GREEN, "dash")), strict=True):
        figure.add_scatter(
            x=list(patches),
            y=list(values),
            name=name,
            mode="lines",
            line={"color": colour, "width": 3, "dash": dash},
            hovertemplate="%{x} patches: <b>%{y:.3s}</b><extra>%{fullData.name}</extra>",
        )
    return figure
