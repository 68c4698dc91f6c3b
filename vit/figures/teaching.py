"""Figures of teaching: pictures on a map with the regions of their classes, and how well each block can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from io import BytesIO

import numpy as np
import plotly.graph_objects as go
from PIL import Image, ImageDraw, ImageOps

from vit.figures.colour import LINES, class_colour, class_scale
from vit.figures.lines import DOTTED, level
from vit.figures.margins import LEGEND, NARROW
from vit.figures.webp import address, webp

HEIGHT = 460  # pixels
SIDE = 0.11  # of the map: a picture's side
CELLS = 160  # a side, in which the regions are drawn
BEYOND = 3.0  # how far beyond the pictures they go, in half sides of what is shown: a map may be much wider than high
FRAME, CORNER = 5, 22  # pixels of a thumbnail of 72


@dataclass(frozen=True)
class Point:
    """One picture of the map: a ``thumbnail`` (a picture's file), its class's number, None for one that is asked about;
    what a head that has not seen it ``answers``; and ``words`` to be shown under the pointer."""

    thumbnail: bytes
    number: int | None
    answers: int | None
    words: str


def picture_map(
    places: np.ndarray,
    points: Sequence[Point],
    labels: Sequence[str],
    class_at: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> go.Figure:
    """Pictures at their ``places`` (n, 2), framed in their class's colour, over the regions of the classes.

    ``class_at`` (across, up) gives the class of every place of a grid: (len(up), len(across)). A picture whose corner
    has another colour is taken for that class.
    """
    middle = (places.max(0) + places.min(0)) / 2
    half = max(float((places.max(0) - places.min(0)).max()) / 2, 1e-6) * 1.15
    reach = np.linspace(-BEYOND * half, BEYOND * half, CELLS)
    across, up = middle[0] + reach, middle[1] + reach
    axis = {"showticklabels": False, "showgrid": False, "zeroline": False}
    figure = go.Figure(
        layout={
            "height": HEIGHT,
            "margin": NARROW,
            "xaxis": {**axis, "range": [middle[0] - half, middle[0] + half]},
            "yaxis": {**axis, "range": [middle[1] - half, middle[1] + half], "scaleanchor": "x"},
            "dragmode": False,
            "images": [_image(x, y, point, 2 * half * SIDE) for (x, y), point in zip(places, points, strict=True)],
            **LEGEND,
        }
    )
    figure.add_heatmap(
        x=across,
        y=up,
        z=class_at(across, up).astype(np.uint8),
        zmin=-0.5,
        zmax=len(labels) - 0.5,
        colorscale=class_scale(len(labels)),
        opacity=0.3,
        showscale=False,
        hoverinfo="skip",
    )
    for number, label in enumerate(labels):  # for the legend alone
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            marker={"symbol": "square", "size": 12, "color": class_colour(number)},
            name=escape(label if len(label) < 24 else label[:22] + "…", quote=False),
        )
    figure.add_scatter(
        x=places[:, 0],
        y=places[:, 1],
        mode="markers",
        marker={"size": 34, "symbol": "square", "opacity": 0},
        text=[escape(point.words, quote=False) for point in points],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )
    return figure


def _image(x: float, y: float, point: Point, side: float) -> dict[str, object]:
    """A picture on the map, ``side`` wide in its units; one that is asked about a little larger."""
    size = side * (1.3 if point.number is None else 1.0)
    at = {"xref": "x", "yref": "y", "x": x, "y": y, "xanchor": "center", "yanchor": "middle"}
    return {"source": _framed(point), "sizex": size, "sizey": size, "layer": "above", **at}


@lru_cache(maxsize=1024)
def _framed(point: Point) -> str:
    """The thumbnail in its class's colour, a corner in that of the class it is taken for; as an image's address."""
    image = Image.open(BytesIO(point.thumbnail)).convert("RGB")
    frame = "#000000" if point.number is None else class_colour(point.number)
    image = ImageOps.expand(image, FRAME, frame)
    if point.number is None:
        image = ImageOps.expand(image, FRAME // 2, "#ffffff")
    elif point.answers not in (None, point.number):
        side = image.width
        corner = [(side - CORNER, 0), (side, 0), (side, CORNER)]
        ImageDraw.Draw(image).polygon(corner, fill=class_colour(point.answers or 0))
    return address(webp(image, quality=80))


def read_after_blocks(
    curves: Mapping[str, np.ndarray], own: Mapping[str, np.ndarray] | None, taken: tuple[str, int]
) -> go.Figure:
    """How far heads get from guessing (0) to certainty (1), by what is read and after which block: name → (depth,).

    ``own``: the same by somebody's own pictures alone, as dots, where the curves hold more. ``taken``: the name and
    block (from 0) of the head in use.
    """
    values = np.concatenate([*curves.values(), *(own or {}).values()])
    low, high = min(-0.05, float(values.min()) - 0.05), min(1.05, float(values.max()) + 0.1)
    figure = go.Figure(
        layout={
            "height": 320,
            "margin": NARROW,
            "shapes": [level(0.0, {**DOTTED, "width": 1}, "guessing", "end")],
            "xaxis": {"title": "read after block …", "dtick": 1},
            "yaxis": {"title": "from guessing to certain", "range": [low, high], "tickformat": ".0%"},
            **LEGEND,
        }
    )
    for (name, line), (colour, dash) in zip(curves.items(), LINES, strict=False):
        figure.add_scatter(
            y=line,
            name=name,
            mode="lines",
            line={"color": colour, "width": 3, "dash": dash},
            hovertemplate="after block %{x}: <b>%{y:.0%}</b><extra>%{fullData.name}</extra>",
        )
        if own is not None:
            figure.add_scatter(
                y=own[name],
                name=f"{name}, your pictures alone",
                mode="markers",
                marker={"color": colour, "size": 6, "opacity": 0.6},
                hovertemplate="after block %{x}: <b>%{y:.0%}</b><extra>%{fullData.name}</extra>",
                showlegend=False,
            )
    name, block = taken
    figure.add_scatter(
        x=[block],
        y=[curves[name][block]],
        name="in use",
        mode="markers",
        marker={"size": 17, "symbol": "circle-open", "color": "#d55e00", "line": {"width": 3}},
        hoverinfo="skip",
    )
    return figure
