"""Room around a chart."""

from __future__ import annotations

NARROW = {"l": 0, "r": 0, "t": 10, "b": 0}  # no more than Plotly finds that the labels need


def fixed(top: int = 12) -> dict[str, float | bool]:
    """Room in pixels for short tick labels and a title on both axes; ``top`` more for a legend.

    Without it Plotly draws a chart, measures its labels and draws it again, which is close to half of
    its time. Where labels or a legend are long (names of classes, of parts) it may measure.
    """
    return {"l": 66, "r": 12, "t": top, "b": 52, "autoexpand": False}


# A legend in a row above the chart. Plotly's buttons, which come with the pointer, would lie on top of it: those stay
# that nothing else does. Dragging zooms, a double click shows everything again.
LEGEND = {
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    "modebar": {"remove": ["zoom", "pan", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d"]},
}
