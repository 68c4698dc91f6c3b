"""What the model answers when something is taken away, and what each patch says: worked out once for all sessions."""

from __future__ import annotations

import numpy as np

from ui.server.model_thread import MORE_PASSES
from ui.server.results import patch_lens
from ui.server.shared import model_result
from ui.session.scene import Scene
from vit import Trace, ViT
from vit.analysis.output import class_names
from vit.experiments import what_if


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


@model_result(max_bytes=16e6, patience=MORE_PASSES)
def hiding_curve(
    key: tuple[str, ...], which: str, shares: tuple[float, ...], _ranked: np.ndarray, _model: ViT, _trace: Trace
) -> what_if.HidingCurve:
    """What becomes of the answer when these shares of the patches, ``_ranked`` in the order ``which``, are hidden."""
    return what_if.hiding_curve(_model, _trace, _ranked, shares)


@model_result(max_entries=512)
def each_head(key: tuple[str, ...], layer: int, _model: ViT, _trace: Trace) -> np.ndarray:
    """The output's likeness to its first self when one head of the layer is off, for each in turn: (h,)."""
    return what_if.each_head(_model, _trace, layer)


def says_the_answer(scene: Scene) -> tuple[str, np.ndarray]:
    """The name of the first pass's answer, and its logit as the head reads it from each patch: (gh·gw,)."""
    assert scene.trace.logits is not None
    best = int(scene.trace.logits[0].argmax())
    [name] = class_names(scene.model.config.labels, [best])
    read = patch_lens(scene.key, scene.model.config.depth, scene.model, scene.trace)
    return name, read.alone[:, best]
