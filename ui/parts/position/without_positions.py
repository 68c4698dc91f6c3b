"""The same picture through the same model again, its positions left out or shuffled: three passes side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from ui.server import results
from ui.server.model_thread import MORE_PASSES
from ui.server.shared import model_result
from ui.session.scene import Scene
from ui.shell.answer_change import change_of_answer
from ui.shell.lesson import explain, note
from ui.widgets.fold import fold
from ui.widgets.patch_map import patch_map
from ui.widgets.png import png, still
from vit import Trace, ViT
from vit.analysis.components import colour_levels
from vit.analysis.output import reading_pattern
from vit.analysis.similarity import patch_stream
from vit.experiments.positions import OutputChange, output_change, position_passes
from vit.figures.numbers import cosine_words
from vit.figures.plain import cells

PICTURE = 192  # pixels a side
WORDS = {
    "kept": "as the model was trained",
    "left out": "all zero: no place says anything",
    "shuffled": "the same places, dealt out anew",
}


@dataclass(frozen=True)
class EditedPass:
    """What is shown of a pass with edited positions, beside the first pass."""

    change: OutputChange
    scores: np.ndarray  # (gh·gw, 3) component scores at the last level, turned to agree with the first pass
    looks: np.ndarray  # (gh·gw,) where the output looks
    logits: np.ndarray | None  # (classes,)


@dataclass(frozen=True)
class EditedPasses:
    """All of them, ``by_edit``; ``order_error``: how far the output moves when, without positions, the patches come in
    another order."""

    by_edit: dict[str, EditedPass]
    order_error: float


def _last_scores(trace: Trace, reference: np.ndarray | None = None) -> np.ndarray:
    """The component scores at the last level, turned as a whole to agree with ``reference``: (gh·gw, 3)."""
    last = patch_stream(trace)[-1:]  # (1, gh·gw, d)
    scores, _ = colour_levels(last, reference)
    return scores[-1]


@model_result(max_entries=256, patience=MORE_PASSES)
def edited_passes(key: tuple[str, ...], _model: ViT, _trace: Trace) -> EditedPasses:
    """The picture of ``_trace`` once more, its positions ``kept``, ``left out`` and ``shuffled``.

    Who asks waits behind others once for all of them. The passes themselves are not kept: they would take the place of
    other pictures' traces.
    """
    reference = _last_scores(_trace)

    def shown(trace: Trace) -> EditedPass:
        scores = reference if trace is _trace else _last_scores(trace, reference)
        logits = trace.logits[0].numpy() if trace.logits is not None else None
        looks = reading_pattern(trace, _model.config.pooling)
        return EditedPass(output_change(_trace, trace), scores, looks, logits)

    return EditedPasses(*position_passes(_model, _trace, shown))


def without_positions(scene: Scene) -> None:
    """What the model makes of the picture in each pass: how far the output moved, colours, attention."""
    st.subheader("And without? The same model, run again", anchor=False)
    with st.spinner("The model reads the picture again …"):
        edited = edited_passes(scene.key, scene.model, scene.trace)
    passes = edited.by_edit
    layout = scene.layout
    explain(
        "Two more real passes of your picture: one with the positions **left out**, one with them **shuffled** among "
        f"the tokens. Without positions the output keeps a cosine of "
        f"**{cosine_words(passes['left out'].change.pooled)}** with the first one, with shuffled ones "
        f"**{cosine_words(passes['shuffled'].change.pooled)}**. And a model without positions cannot tell one order of "
        "the patches from another: mixed up, they give the same output (largest difference of a number: "
        f"{edited.order_error:.0e})."
    )

    for column, (edit, one) in zip(st.columns(3), passes.items(), strict=True):
        column.markdown(f"**Positions {edit}**  \n:small[{WORDS[edit]}]")
        with column:
            picture = png(cells(results.painted(one.scores, layout), PICTURE))
            still(picture, f"Patch vectors, positions {edit}")
            answer = "" if one.logits is None else f"  \n{change_of_answer(scene, one.logits)}"
            st.markdown(f"cosine with the first output {cosine_words(one.change.pooled)}{answer}")
    note(
        "The patches' vectors after the last block, as colours; the second and third turned as a whole to agree with "
        "the first as well as they can."
    )

    label = "Where the output looks, and how like every patch's output is to its own in the first pass"
    fold(label, partial(_maps, scene), "without_positions_maps")


def _maps(scene: Scene) -> None:
    passes = edited_passes(scene.key, scene.model, scene.trace).by_edit
    _looks(scene, passes)
    _patch_by_patch(scene, passes)


def _looks(scene: Scene, passes: dict[str, EditedPass]) -> None:
    explain(f"**{scene.whose_attention}**; each map has its own scale, from 0 to its largest share.")
    for column, (edit, one) in zip(st.columns(3), passes.items(), strict=True):
        with column:
            alt, scale = f"Attention, positions {edit}", (0.0, float(one.looks.max()))
            patch_map(
                scene.cropped,
                scene.layout,
                key=f"look-{edit}",
                alt=alt,
                values=one.looks,
                scale=scale,
                label="attention",
            )


def _patch_by_patch(scene: Scene, passes: dict[str, EditedPass]) -> None:
    layout, picture = scene.layout, scene.cropped
    others = {edit: one.change.patches for edit, one in passes.items() if edit != "kept"}
    scale = (min(0.0, *(float(values.min()) for values in others.values())), 1.0)
    for column, (edit, values) in zip(st.columns(len(others)), others.items(), strict=True):
        with column:
            explain(f"**Positions {edit}**; 1: unchanged.")
            alt = f"Cosine of each patch's output with its own in the first pass, positions {edit}"
            patch_map(picture, layout, key=f"change-{edit}", alt=alt, values=values, scale=scale, label="cosine")
