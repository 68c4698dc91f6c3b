"""What the model answers when something is taken away, worked out once for all sessions, and how that is told."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.server.results import patch_lens
from ui.server.shared import model_result
from ui.session.scene import Scene
from ui.widgets.markdown import escape
from vit import Trace, ViT
from vit.analysis.output import class_names, probabilities
from vit.experiments import what_if
from vit.figures.numbers import cosine_words, percent


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


def show_change(scene: Scene, likeness: float, logits: np.ndarray | None) -> None:
    """How like another pass's output is to the first pass's, and what a classifier makes of it."""
    st.metric("output: cosine with the first pass", cosine_words(likeness), border=True)
    if logits is not None:
        st.markdown(f"The answer: {change_of_answer(scene, logits)}")


def change_of_answer(scene: Scene, logits: np.ndarray) -> str:
    """What becomes of the first pass's answer in a pass with these logits (classes,), as Markdown."""
    assert scene.trace.logits is not None
    before, after = probabilities(scene.trace.logits[0].numpy()), probabilities(logits)
    first, now = int(before.argmax()), int(after.argmax())
    name, other = map(escape, class_names(scene.model.config.labels, [first, now]))
    if first == now:
        return f"still **{name}**, {percent(before[first])} → {percent(after[first])}"
    return (
        f"no longer {name} ({percent(before[first])} → {percent(after[first])}) but **{other}**, {percent(after[now])}"
    )


def whose_attention(scene: Scene) -> str:
    """Whose attention is shown where a page shows what the output takes from each patch, as the start of a sentence."""
    if scene.trace.pool_pattern is not None:
        return "Where the pooling head looks, mean over its heads"
    token = scene.model.config.pooling.split("+")[0]
    if token in scene.layout.prefix:
        return f"Where {scene.layout.name(scene.layout.prefix.index(token))} looks in the last block, mean over heads"
    return "Where all patches together look in the last block, mean over heads"


def says_the_answer(scene: Scene) -> tuple[str, np.ndarray]:
    """The name of the first pass's answer, and its logit as the head reads it from each patch: (gh·gw,)."""
    assert scene.trace.logits is not None
    best = int(scene.trace.logits[0].argmax())
    [name] = class_names(scene.model.config.labels, [best])
    read = patch_lens(scene.key, scene.model.config.depth, scene.model, scene.trace)
    return name, read.alone[:, best]
