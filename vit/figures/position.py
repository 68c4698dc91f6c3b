"""Figures of positions: the grid of grids, the lengths of the parts, and the waves' lengths."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from einops import repeat
from PIL import Image, ImageDraw

from vit.figures.colour import BLUE, FRAME, GREEN, ORANGE, viridis
from vit.figures.margins import LEGEND, NARROW, fixed
from vit.figures.plain import tiles


def grid_of_grids(similarity: np.ndarray, side: int = 900) -> Image.Image:
    """Every position's similarity to all others, (gh, gw, gh, gw), as a grid of small grids from −1 to 1.

    The tile at row r, column c is the position of that patch. One picture about ``side`` pixels wide instead of a
    subplot a position.
    """
    scale, gap = _scale_and_gap(similarity.shape[1], side)
    rgb = repeat(viridis(similarity, -1, 1), "a b gh gw c -> a b (gh s1) (gw s2) c", s1=scale, s2=scale)
    return tiles(rgb, gap)


def framed(sheet: Image.Image, grid: tuple[int, int], place: tuple[int, int], side: int = 900) -> Image.Image:
    """The sheet that :func:`grid_of_grids` made for a ``grid`` (gh, gw) of patches, the tile of ``place`` (row, column)
    in an orange frame."""
    gh, gw = grid
    scale, gap = _scale_and_gap(gw, side)
    height, width = gh * scale + gap, gw * scale + gap
    top, left = place[0] * height, place[1] * width
    picture = sheet.copy()
    frame = left - 2 * gap, top - 2 * gap, left + width - 1 + gap, top + height - 1 + gap
    ImageDraw.Draw(picture).rectangle(frame, outline=FRAME, width=2 * gap)
    return picture


def _scale_and_gap(columns: int, side: int) -> tuple[int, int]:
    """Pixels of a cell of a tile, and between two tiles, where a sheet of so many columns is ``side`` pixels wide."""
    scale = max(1, side // (columns * (columns + 1)))
    return scale, max(2, scale)


def length_boxes(lengths: Mapping[str, np.ndarray], columns: int) -> go.Figure:
    """How long each part is: a box of all patches and a dot a patch. ``lengths``: name → (gh·gw,)."""
    figure = go.Figure(
        layout={
            "height": 300,
            "margin": NARROW,
            "xaxis": {
                "title": "length of the vector (a dot is a patch, the box holds the middle half)",
                "rangemode": "tozero",
            },
            "yaxis": {"title": "part", "autorange": "reversed"},
        }
    )
    for (name, values), colour in zip(lengths.items(), (BLUE, ORANGE, GREEN), strict=False):
        figure.add_box(
            x=values,
            name=name,
            marker={"color": colour, "size": 4, "opacity": 0.6},
            boxpoints="all",
            jitter=0.6,
            pointpos=0,
            customdata=np.stack(np.divmod(np.arange(len(values)), columns), axis=-1),
            hovertemplate="patch (%{customdata[0]}, %{customdata[1]})<br>length <b>%{x:.4f}</b><extra>"
            + name
            + "</extra>",
            showlegend=False,
        )
    return figure


def wavelengths(period: np.ndarray, dimensions: np.ndarray, positions: int) -> go.Figure:
    """How many positions one full wave takes, for each dimension; a line marks how many positions there are."""
    figure = go.Figure(
        layout={
            "height": 300,
            "margin": fixed(top=36),
            "xaxis": {"title": "dimension of the vector"},
            "yaxis": {"title": "positions in one full wave", "type": "log", "exponentformat": "power"},
            **LEGEND,
        }
    )
    figure.add_scatter(
        x=dimensions,
        y=period,
        name="one full wave",
        mode="lines+markers",
        line={"color": BLUE, "width": 3},
        marker={"size": 4},
        hovertemplate="dimension %{x}<br>one wave in <b>%{y:.4g}</b> positions<extra></extra>",
    )
    figure.add_scatter(
        x=dimensions[[0, -1]],
        y=[positions, positions],
        name=f"{positions} positions",
        mode="lines",
        line={"color": ORANGE, "dash": "dot", "width": 2},
        hoverinfo="skip",
    )
    return figure
