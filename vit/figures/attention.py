"""Figures of attention: one query's way through a head, every head at a glance, a pattern as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from vit.figures.colour import BLUE, GREY, ORANGE, viridis
from vit.figures.lines import DOTTED, level
from vit.figures.margins import fixed


@dataclass(frozen=True)
class Strips:
    """Vectors as rows of cells: ``cells`` (r, k), a name for each, and the value of its full colour, (r,)."""

    names: tuple[str, ...]
    cells: np.ndarray
    limits: np.ndarray


def product(q: np.ndarray, k: np.ndarray) -> Strips:
    """A query (k,), a key (k,) and their products pair by pair, whose sum is the dot product.

    Each row has its own full colour.
    """
    cells = np.stack([q, k, q * k])
    return Strips(("query", "key", "products"), cells, np.abs(cells).max(axis=1))


def weighted_sum(weighted: np.ndarray, names: Sequence[str], z: np.ndarray) -> Strips:
    """Values taken in their shares (rows, k), and under them their sum ``z`` (k,), all on one scale."""
    cells = np.concatenate([weighted, z[None]])
    return Strips((*names, "sum: z"), cells, np.full(len(cells), np.abs(cells).max()))


def softmax_curve(scores: np.ndarray, p: np.ndarray, names: Sequence[str], top: Sequence[int]) -> go.Figure:
    """Every key as a dot: its score (n,) across, its share after softmax (n,) up; ``top`` in orange."""
    others = np.setdiff1d(np.arange(len(p)), top)
    dots = [
        {
            "type": "scatter",
            "x": scores[rows],
            "y": p[rows],
            "mode": "markers",
            "marker": {"color": colour, "size": 9, "opacity": 0.8},
            "text": [names[i] for i in rows],
            "hovertemplate": "%{text}<br>score %{x:.4f} → share <b>%{y:.5f}</b><extra></extra>",
        }
        for rows, colour in ((others, GREY), (top, ORANGE))  # orange dots last, on top of the others
    ]
    return go.Figure(
        dots,
        layout={
            "height": 330,
            "margin": fixed(),
            "showlegend": False,
            "shapes": [level(1 / len(p), DOTTED, f"uniform 1/{len(p)}")],
            "xaxis": {"title": "score s"},
            "yaxis": {"title": "share p", "rangemode": "tozero"},
        },
    )


def every_head(values: np.ndarray, label: str, chosen: tuple[int, int], even: float) -> go.Figure:
    """One dot a head, its layer across and ``values`` (l, h) up: the ViT paper's figure 7, right.

    ``chosen`` (layer, head) in orange; a line at ``even``. Every dot's customdata is (layer, head).
    """
    layers, heads = (axis.ravel() for axis in np.indices(values.shape))
    mine = (layers == chosen[0]) & (heads == chosen[1])
    dots = [
        {
            "type": "scatter",
            "x": layers[rows],
            "y": values.ravel()[rows],
            # a list: array rows come back from a click as objects
            "customdata": np.stack([layers[rows], heads[rows]], axis=1).tolist(),
            "mode": "markers",
            "marker": {"color": colour, "size": size, "line": {"width": 1, "color": "white"}},
            "unselected": {"marker": {"opacity": 1}},  # orange says what is chosen, here or anywhere else
            "hovertemplate": f"block %{{customdata[0]}}, head %{{customdata[1]}}<br>{label} <b>%{{y:.3f}}</b>"
            "<extra></extra>",
        }
        for rows, colour, size in ((~mine, BLUE, 10), (mine, ORANGE, 15))
    ]
    every = max(1, len(values) // 12)
    return go.Figure(
        dots,
        layout={
            "height": 340,
            "margin": fixed(top=28),
            "showlegend": False,
            "clickmode": "event+select",
            "shapes": [level(even, DOTTED)],
            "xaxis": {"title": "block", "tickvals": np.arange(0, len(values), every)},
            "yaxis": {"title": label, "rangemode": "tozero"},
        },
    )


def pattern_picture(pattern: np.ndarray) -> Image.Image:
    """A pattern (n, n) one pixel a cell, row = query, on the explorer's fixed scale by factors."""
    low = 1 / (16 * len(pattern))
    return Image.fromarray(viridis(np.log2(np.maximum(pattern, low)), np.log2(low), 0.0))
