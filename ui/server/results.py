"""What pages show beyond the trace, computed once for all sessions: small arrays and encoded pictures.

``key`` names the trace or model a result belongs to (``Scene.key``, a model's name). Imports torch: pages import this
after their first words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ui.server.shared import model_result, shared_result
from ui.session import choices
from ui.widgets.png import png
from vit import Trace, ViT
from vit.analysis import components, filters, output, positions, similarity
from vit.analysis.output import reading_pattern
from vit.analysis.positions import POSITION_EDITS, OutputChange, output_change
from vit.experiments import what_if
from vit.figures.embedding import filter_sheet
from vit.figures.plain import cells
from vit.figures.position import grid_of_grids
from vit.model.layout import TokenLayout


@model_result(max_bytes=64e6)
def level_scores(key: tuple[str, ...], _trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Three component scores of every patch at every level, and the share of variance they explain."""
    return components.colour_levels(similarity.patch_stream(_trace))


@shared_result(max_bytes=32e6)
def level_pictures(key: tuple[str, ...], side: int, _trace: Trace) -> tuple[bytes, ...]:
    """The scores as colours, a PNG a level whose longer side is about ``side`` pixels."""
    scores, _ = level_scores(key, _trace)
    return tuple(png(cells(painted(at_level, _trace.layout), side)) for at_level in scores)


@model_result(max_entries=256)
def final_scores(key: tuple[str, ...], _trace: Trace) -> np.ndarray:
    """The scores at the last level alone: (gh·gw, 3)."""
    return _last_scores(_trace)


def _last_scores(trace: Trace, reference: np.ndarray | None = None) -> np.ndarray:
    last = similarity.patch_stream(trace)[-1:]  # (1, gh·gw, d)
    scores, _ = components.colour_levels(last, reference)
    return scores[-1]


@dataclass(frozen=True)
class Edited:
    """What the page about positions shows of a pass with edited positions, beside the first pass."""

    change: OutputChange
    scores: np.ndarray  # (gh·gw, 3) component scores at the last level, turned to agree with the first pass
    looks: np.ndarray  # (gh·gw,) where the output looks
    logits: np.ndarray | None  # (classes,)


@model_result(max_entries=256)
def edited(key: tuple[str, ...], edit: str, _model: ViT, _trace: Trace) -> Edited:
    """The picture of ``_trace`` once more, its positions ``kept``, ``left out`` or ``shuffled``.

    The pass itself is not kept: it would take the place of another picture's trace. Nor does it leave the model
    thread, or the passes of all who come to this page at once would wait there together, 45 MB each.
    """
    reference = final_scores(key, _trace)

    def look(trace: Trace, scores: np.ndarray) -> Edited:
        logits = trace.logits[0].numpy() if trace.logits is not None else None
        return Edited(output_change(_trace, trace), scores, reading_pattern(trace, _model.config.pooling), logits)

    def again() -> Edited:
        trace = _model.trace(_trace.pixels, POSITION_EDITS[edit])
        return look(trace, _last_scores(trace, reference))

    return look(_trace, reference) if edit == "kept" else again()


def painted(scores: np.ndarray, layout: TokenLayout) -> np.ndarray:
    """Scores (gh·gw, 3) as colours on the grid: (gh, gw, 3) RGB bytes."""
    return components.colours(scores).reshape(*layout.grid, 3)


def filter_pictures(model: ViT) -> np.ndarray:
    """The patch matrix as pictures: (d, p, p, c)."""
    return filters.filter_pictures(model.patch_embedding.projection.weight.numpy(), model.config.patch_size)


@shared_result(max_entries=8)
def all_filters(model_name: str, _model: ViT, columns: int) -> bytes:
    """All filters on one sheet, a PNG."""
    return png(filter_sheet(filter_pictures(_model), columns))


@shared_result(max_entries=8)
def filter_components(model_name: str, _model: ViT, columns: int, count: int = 28) -> bytes:
    """The filters' first principal components on one sheet, a PNG (the ViT paper's figure 7, left)."""
    directions, _, _ = components.principal_components(_model.patch_embedding.projection.weight.numpy(), count)
    return png(filter_sheet(filters.filter_pictures(directions, _model.config.patch_size), columns, scale=4))


@shared_result(max_bytes=64e6)
def position_similarity(model_name: str, layout: TokenLayout, _model: ViT) -> np.ndarray:
    """How alike the positions of any two patches are: (gh, gw, gh, gw)."""
    angle = _model.angle(layout)
    table = _model.position_embedding(layout) if angle is None else positions.rotary_table(angle)
    return positions.position_similarity(table, layout)


@shared_result(max_bytes=64e6)
def likeness_sheet(model_name: str, layout: TokenLayout, place: tuple[int, int], _model: ViT) -> bytes:
    """:func:`position_similarity` as a grid of small grids, the one at ``place`` in a frame: a PNG."""
    return png(grid_of_grids(position_similarity(model_name, layout, _model), place))


@model_result(max_entries=128)
def forming(key: tuple[str, ...], _model: ViT, _trace: Trace) -> output.Forming:
    """How the output forms over the levels."""
    return output.forming(_model, _trace)


@model_result(max_entries=128)
def logit_lens(key: tuple[str, ...], _model: ViT, _trace: Trace) -> np.ndarray:
    """The head's logits at every level: (levels, classes)."""
    return output.logit_lens(_model, _trace)


@model_result(max_entries=256)
def sample_output(model_name: str, sample: str, side: int | None, _model: ViT) -> np.ndarray:
    """The pooled output of a sample picture at this resolution: (d,). Its trace is not kept."""
    recipe = _model.preprocessing.at(side, side) if side else _model.preprocessing
    pixels = recipe(choices.sample_picture(sample).image)
    return _model.trace(pixels).pooled[0].numpy()


@model_result(max_bytes=16e6)
def without_patches(key: tuple[str, ...], hidden: tuple[int, ...], _model: ViT, _trace: Trace) -> what_if.Answer:
    """What the model answers when these patches are out of sight."""
    if not hidden:
        return what_if.untouched(_model, _trace)
    return what_if.without_patches(_model, _trace, hidden)


@model_result(max_bytes=16e6)
def without_heads(key: tuple[str, ...], off: tuple[tuple[int, int], ...], _model: ViT, _trace: Trace) -> what_if.Answer:
    """What the model answers when these heads (layer, head) are switched off."""
    if not off:
        return what_if.untouched(_model, _trace)
    return what_if.without_heads(_model, _trace, off)


@model_result(max_entries=256)
def hiding_curve(key: tuple[str, ...], which: str, shares: tuple[float, ...], _model: ViT, _trace: Trace) -> np.ndarray:
    """The output's likeness to its first self when these shares of the patches are hidden: (shares,)."""
    return what_if.hiding_curve(_model, _trace, which, shares)


@model_result(max_entries=512)
def each_head(key: tuple[str, ...], layer: int, _model: ViT, _trace: Trace) -> np.ndarray:
    """The output's likeness to its first self when one head of the layer is off, for each in turn: (h,)."""
    return what_if.each_head(_model, _trace, layer)
