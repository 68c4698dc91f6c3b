"""How far and how widely every head of a trace looks, for all sessions."""

from __future__ import annotations

from ui.server.shared import model_result
from vit import Trace
from vit.analysis.measured_heads import HeadMeasure, MeasuredHeads


@model_result(max_entries=256)
def measured_heads(key: tuple[str, ...], _trace: Trace) -> MeasuredHeads:
    """All heads of the trace that ``key`` names (``Scene.key``)."""
    measure = HeadMeasure(_trace.layout, _trace.patch_size)
    for block in _trace.blocks:
        measure.add(block.pattern[0])
    return measure.found
