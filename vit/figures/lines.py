"""Straight lines over a whole chart, for its layout's ``shapes``.

A chart gets its layout when it is made. Plotly's ``update_layout``, ``add_hline`` and ``add_vline`` take it apart
again: three times the work for the same chart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal


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
