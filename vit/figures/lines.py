"""Straight lines over a whole chart, for its layout's ``shapes``; and many bars as one line.

A chart gets its layout when it is made. Plotly's ``update_layout``, ``add_hline`` and ``add_vline`` take it apart
again: three times the work for the same chart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from einops import rearrange, repeat

from vit.figures.colour import GREY

DOTTED = {"dash": "dot", "color": GREY}


def level(
    y: float, line: Mapping[str, object], name: str = "", place: Literal["start", "end"] = "start"
) -> dict[str, object]:
    """From the left edge to the right one, at ``y``; its ``name`` written above its start or end."""
    label = {"text": name, "textposition": place, "yanchor": "bottom"}
    ends = {"xref": "x domain", "x0": 0, "x1": 1, "yref": "y", "y0": y, "y1": y}
    return {"type": "line", "line": {**line}, **ends, **({"label": label} if name else {})}


def upright(x: float, line: Mapping[str, object]) -> dict[str, object]:
    """From the lower edge to the upper one, at ``x``."""
    return {"type": "line", "xref": "x", "x0": x, "x1": x, "yref": "y domain", "y0": 0, "y1": 1, "line": {**line}}


def outline(colour: str) -> dict[str, object]:
    """How a scatter of middles and heights is drawn as bars side by side: one line around all, filled. A browser takes
    hundreds of bars, each an element of its own, a tenth of a second."""
    return {"mode": "lines", "line": {"color": colour, "width": 1, "shape": "hvh"}, "fill": "tozeroy"}


def stems(x: np.ndarray, y: np.ndarray, *said: np.ndarray) -> dict[str, np.ndarray]:
    """Upright strokes from 0 to each (x, y), (n,) each, as the points of one line with gaps, 3·n of them.

    ``customdata`` is y and what else is ``said`` of each, (n,) each, for the pointer at either end of a stroke.
    """
    gap = np.full(len(x), np.nan)
    return {
        "x": rearrange([x.astype(float), x.astype(float), gap], "ends n -> (n ends)"),
        "y": rearrange([np.zeros(len(y)), y, gap], "ends n -> (n ends)"),
        "customdata": repeat([y, *said], "values n -> (n ends) values", ends=3),
    }
