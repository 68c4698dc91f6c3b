"""What two pages or more show beyond the trace, computed once for all sessions: small arrays, encoded pictures.

``key`` names the trace or model a result belongs to (``Scene.key``, a model's name). Imports torch.
"""

from __future__ import annotations

import numpy as np

from ui.server.shared import model_result, shared_result
from ui.widgets.png import png
from vit import Trace, ViT
from vit.analysis import components, novelty, output, positions, similarity
from vit.analysis import patch_lens as lens
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import find
from vit.figures.plain import cells
from vit.model.layout import TokenLayout
from vit.teaching.vectors import parts_of_trace


@shared_result(max_bytes=64e6)
def level_scores(key: tuple[str, ...], _trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Three component scores of every patch at every level, and the share of variance they explain."""
    return components.colour_levels(similarity.patch_stream(_trace))


@shared_result(max_bytes=32e6)
def level_pictures(key: tuple[str, ...], side: int, _trace: Trace) -> tuple[bytes, ...]:
    """The scores as colours, a PNG a level whose longer side is about ``side`` pixels."""
    scores, _ = level_scores(key, _trace)
    return tuple(png(cells(painted(at_level, _trace.layout), side)) for at_level in scores)


def painted(scores: np.ndarray, layout: TokenLayout) -> np.ndarray:
    """Scores (gh·gw, 3) as colours on the grid: (gh, gw, 3) RGB bytes."""
    return components.colours(scores).reshape(*layout.grid, 3)


@model_result(max_entries=256)
def logit_lens(key: tuple[str, ...], _model: ViT, _trace: Trace) -> np.ndarray:
    """The head's logits if the model stopped at each level: (levels, classes)."""
    return output.logit_lens(_model, _trace)


@model_result(max_entries=8)
def _known(model_name: str, _model: ViT) -> novelty.Known | None:
    folder = find(model_name)
    try:
        return novelty.read(folder, _model.config) if folder else None
    except CheckpointError:  # the model is usable without
        return None


@model_result(max_entries=512)
def unlikeness(key: tuple[str, ...], _model: ViT, _trace: Trace) -> float | None:
    """How unlike the pictures the model learned from: 0 is usual, few of them lie above 1; None if not known."""
    known = _known(key[0], _model)
    if known is None:
        return None
    last = parts_of_trace(_model, _trace, first=_model.config.depth + 1 - len(known.weight))
    return float(novelty.novelty(last["cls"], known)[0])


@model_result(max_bytes=32e6)
def patch_lens(key: tuple[str, ...], level: int, _model: ViT, _trace: Trace) -> lens.PatchLens:
    """What the head reads from each patch at a level."""
    return lens.patch_lens(_model, _trace, level)


@shared_result(max_bytes=64e6)
def position_similarity(model_name: str, layout: TokenLayout, _model: ViT) -> np.ndarray:
    """How alike the positions of any two patches are: (gh, gw, gh, gw). Of models whose patches have places."""
    table = positions.comparable(_model, layout)
    assert table is not None
    return positions.position_similarity(table, layout)
