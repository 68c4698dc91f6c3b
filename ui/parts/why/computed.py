"""Maps, curves and items of an answer, worked out once for all sessions.

``question`` names what is explained (:class:`ui.parts.why.question.Question`). What takes more than a few passes comes
after everything else that is asked of the model meanwhile.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ui.server.model_thread import MANY_PASSES
from ui.server.shared import model_result
from vit import Trace, ViT
from vit.analysis.evidence import gradient_maps as by_gradient
from vit.analysis.evidence import itemised as items
from vit.analysis.evidence import relevance
from vit.analysis.evidence.patch_text import patch_text_cosine
from vit.analysis.evidence.path import along_the_way, way
from vit.analysis.evidence.quick_maps import quick_maps
from vit.analysis.evidence.target import Target
from vit.analysis.output import reading_pattern
from vit.experiments import removal
from vit.experiments.occlusion import lost_without
from vit.experiments.shuffled_weights import rank_correlation, shuffled

Key = tuple[str, ...]
STEPS = 16  # of integrated gradients
AT_ONCE = 8  # patches of occlusion in one go


@model_result(max_entries=256)
def attention_map(key: Key, _model: ViT, _trace: Trace) -> np.ndarray:
    """Where the output looks in the last block: (gh·gw,)."""
    return reading_pattern(_trace, _model.config.pooling)


@model_result(max_entries=256)
def gradient_maps(key: Key, question: Key, _model: ViT, _trace: Trace, _target: Target) -> by_gradient.GradientMaps:
    """Grad-CAM, LeGrad and Chefer's rule from one backward pass."""
    return by_gradient.gradient_maps(_model, _trace, _target)


@model_result(max_entries=256)
def relevance_of_tokens(key: Key, question: Key, _model: ViT, _trace: Trace, _target: Target) -> np.ndarray:
    """What each token brought by AttnLRP: (n,)."""
    return relevance.relevance(_model, _trace, _target)


@model_result(max_entries=1024, patience=MANY_PASSES)
def step_of_the_way(key: Key, question: Key, step: int, _model: ViT, _trace: Trace, _target: Target) -> np.ndarray:
    """One of ``STEPS`` steps of integrated gradients, whose mean is the map: (gh·gw,)."""
    return along_the_way(_model, _trace.pixels, _target, [way(STEPS)[step]])


@model_result(max_entries=4096, patience=MANY_PASSES)
def lost_from(key: Key, question: Key, patch: int, _model: ViT, _trace: Trace, _target: Target) -> np.ndarray:
    """What is lost without each of ``AT_ONCE`` patches from this one on, one at a time."""
    patches = range(patch, min(patch + AT_ONCE, _trace.layout.n_patches))
    return lost_without(_model, _trace, _target, patches)


@model_result(max_entries=256, patience=MANY_PASSES)
def outputs_on_removal(key: Key, order: Key, _ranked: np.ndarray, _model: ViT, _trace: Trace) -> Tensor:
    """The outputs as patches go in the order ``_ranked`` (gh·gw,), (1, 2, 11, d); ``order`` names it."""
    return removal.outputs_on_removal(_model, _trace, _ranked[None])


@model_result(max_entries=256, patience=MANY_PASSES)
def changes_with_weights(
    key: Key, question: Key, _model: ViT, _trace: Trace, _target: Target
) -> dict[str, float | None]:
    """Method → rank correlation of its map with the one it makes of a model whose weights were shuffled; None for a map
    that has the same number everywhere, which nothing can be told from."""
    other = shuffled(_model)
    before = quick_maps(_model, _trace, _target)
    after = quick_maps(other, other.trace(_trace.pixels.clone()), _target)
    return {name: rank_correlation(map_, after[name]) if np.ptp(map_) else None for name, map_ in before.items()}


@model_result(max_entries=256)
def nearness(
    key: Key, question: Key, _model: ViT, _trace: Trace, _vector: Tensor, _projection: Tensor | None
) -> np.ndarray:
    """How near each patch's own output lies to a text: (gh·gw,)."""
    return patch_text_cosine(_model, _trace, _vector, _projection)


@model_result(max_entries=256)
def itemised(key: Key, question: Key, _model: ViT, _trace: Trace, _target: Target) -> items.Itemised:
    """The answer's number as a sum."""
    return items.itemised(_model, _trace, _target)


@model_result(max_entries=1024)
def sources(key: Key, question: Key, layer: int, head: int, _model: ViT, _trace: Trace, _target: Target) -> np.ndarray:
    """From which tokens a head took what it brought: (n,)."""
    return items.sources(_model, _trace, _target, layer, head)
