"""Texts beside the picture, for models that also learnt to read (CLIP, SigLIP): what in the picture fits them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from ui.parts.why import computed
from ui.server.shared import model_result
from ui.server.text_halves import reads_text, text_half
from ui.session.choices import LONGEST_TEXT, one_or_two
from ui.session.keys import chosen
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.widgets.markdown import escape
from ui.widgets.patch_map import patch_map
from ui.widgets.signed_map import signed_map
from vit.analysis.evidence.target import of_text
from vit.checkpoints.files import CheckpointError
from vit.reference.text_half import ZeroShot


@dataclass(frozen=True)
class Texts:
    """One text or two, their vectors (e,) each, and what leads the picture's output to them, (e, d) or None."""

    names: tuple[str, ...]
    vectors: tuple[Tensor, ...]
    projection: Tensor | None


@model_result(max_entries=64)
def text_vectors(model_name: str, texts: tuple[str, ...], _half: ZeroShot) -> np.ndarray:
    """The texts in the space that both halves share: (texts, e)."""
    return _half.vectors(texts).numpy()


def typed(scene: Scene) -> Texts | None:
    """The form, and what was typed into it; None before that, and for a model that reads no text."""
    if not reads_text(scene.model_name):
        return None
    for key, text in zip(("why_text", "why_rather"), (*chosen.texts, "", ""), strict=False):
        st.session_state.setdefault(key, text)  # what is half typed stays

    def keep() -> None:
        chosen.texts = one_or_two(st.session_state.why_text, st.session_state.why_rather)

    with st.form("why_texts_form", border=False):
        left, right = st.columns(2)
        asked, set_against = "Why does this fit the picture …", "… rather than this?"
        left.text_input(asked, key="why_text", max_chars=LONGEST_TEXT, placeholder="a photo of a cat")
        right.text_input(set_against, key="why_rather", max_chars=LONGEST_TEXT, placeholder="may stay empty")
        st.form_submit_button("Explain", type="primary", on_click=keep)
    names = chosen.texts
    if not names:
        note("The first time, transformers is imported for this, which takes about ten seconds.")
        return None
    try:
        with st.spinner("Importing transformers and loading the model's text half …"):
            return _texts(scene, names)
    except CheckpointError as error:
        st.error(escape(str(error)))
        return None


def _texts(scene: Scene, names: tuple[str, ...]) -> Texts:
    """What the model's text half makes of these texts. CheckpointError if it cannot be had."""
    half = text_half(scene.model_name)
    vectors = text_vectors(scene.model_name, names, half)
    return Texts(names, tuple(torch.tensor(vector) for vector in vectors), half.picture_projection)


def side_by_side(scene: Scene) -> None:
    """The evidence for each text, and beside it how near each patch's own output lies to it."""
    names = chosen.texts
    if not names or scene.model.head is not None or not reads_text(scene.model_name):
        return
    try:
        texts = _texts(scene, names)
    except CheckpointError:  # said above
        return
    st.subheader("Words on the picture", anchor=False)
    explain(
        "Orange and blue: what in the picture speaks for a text and against it, by AttnLRP. Beside it the naive way: "
        "the cosine of each patch's own output with the text. **Beware of that one.** In training only the output for "
        "the whole picture was ever compared with texts, never a patch's. With CLIP it often points the wrong way: the "
        "background, where the model keeps notes about the whole picture, comes out nearer than the thing that is "
        "named."
    )
    for number, column in enumerate(st.columns(len(names))):
        with column:
            _one_text(scene, names[number], texts.vectors[number], texts.projection, number)


def _one_text(scene: Scene, name: str, vector: Tensor, projection: Tensor | None, number: int) -> None:
    trace, model, layout = scene.trace, scene.model, scene.layout
    target = of_text(trace.pooled[:1], vector, projection, name)
    values = computed.relevance_of_tokens(scene.key, ("text", name), model, trace, target)[layout.n_prefix :]
    near = computed.nearness(scene.key, ("text", name), model, trace, vector, projection)
    st.markdown(f"**{escape(name)}**")
    key = f"why_text_{number}"
    left, right = st.columns(2)
    with left:
        note("Evidence")
        signed_map(scene.cropped, layout, values, key=key, alt=f"Evidence for {name}", label="evidence")
    with right:
        note("Cosine of each patch, not to trust")
        alt = f"Cosine of each patch with {name}"
        patch_map(scene.cropped, layout, key=f"{key}_near", alt=alt, values=near, label="cosine")
