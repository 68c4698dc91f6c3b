"""Figures of the patch embedding: the filters, the patch's own vector, and colours through the levels."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from einops import repeat
from PIL import Image

from vit.figures.colour import BLUE, ORANGE
from vit.figures.lines import outline, stems
from vit.figures.margins import fixed
from vit.figures.plain import around_zero, tiles


def filter_sheet(filters: np.ndarray, columns: int, scale: int = 2) -> Image.Image:
    """Filters (count, p, p, c) as one picture, ``columns`` in a row, row by row; mid grey is 0."""
    empty = -len(filters) % columns
    rgb = np.pad(around_zero(filters), ((0, empty), (0, 0), (0, 0), (0, 0)))
    rgb = repeat(
        rgb, "(rows columns) y x c -> rows columns (y s1) (x s2) c", columns=columns, s1=scale, s2=scale
    )  # (rows, columns, scale·p, scale·p, 3)
    sheet = tiles(rgb, gap=scale)
    step = rgb.shape[2] + scale
    sheet.paste((0, 0, 0, 0), ((columns - empty) * step, (len(rgb) - 1) * step, sheet.width, sheet.height))
    return sheet


def vector_bars(vector: np.ndarray, marked: np.ndarray | None = None, name: str = "value") -> go.Figure:
    """A vector (d,) as bars, one a dimension; those in ``marked`` in orange."""
    marked = np.array([], dtype=int) if marked is None else marked
    figure = go.Figure(
        layout={
            "height": 260,
            "margin": fixed(),
            "showlegend": False,
            "xaxis": {"title": f"dimension (0 to {len(vector) - 1})"},
            "yaxis": {"title": name},
        }
    )
    words = f"dimension %{{x}}<br>{name} <b>%{{customdata[0]:.4f}}</b><extra></extra>"
    figure.add_scatter(
        x=np.arange(len(vector)), y=vector, customdata=vector[:, None], hovertemplate=words, **outline(BLUE)
    )
    look = {"mode": "lines", "line": {"color": ORANGE, "width": 2}}
    figure.add_scatter(**stems(marked, vector[marked]), **look, hovertemplate=words)
    return figure


def colour_levels_strip(rgb: np.ndarray, gap: int = 1) -> Image.Image:
    """Colours at every level (levels, gh, gw, 3) as one row of small pictures, the first level on the left."""
    return tiles(rgb[None], gap=gap)
