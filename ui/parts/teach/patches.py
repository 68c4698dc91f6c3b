"""Which patches of the picture in use speak for which class: the head put to each patch."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.parts.teach.fitted import Fitted
from ui.server.models import get_model
from ui.server.shared import model_result
from ui.server.traces import get_trace
from ui.session.scene import Scene
from ui.shell.lesson import note
from ui.shell.refusals import fragment
from ui.widgets.markdown import escape
from ui.widgets.signed_map import signed_map
from vit import Trace, ViT
from vit.analysis.output import class_names, probabilities
from vit.analysis.patch_lens import PatchLens, patch_lens
from vit.checkpoints.taught_head import TaughtHead
from vit.figures.output import best_class_map


@model_result(max_bytes=16e6)
def _lens(key: tuple[object, ...], _head: TaughtHead, _model: ViT, _trace: Trace) -> PatchLens:
    return patch_lens(_head.on(_model), _trace, _head.blocks)


@fragment
def patches(scene: Scene, fitted: Fitted) -> None:
    """A map for one class, and a map of each patch's own likeliest class."""
    st.subheader("Which patches speak for which class?", anchor=False)
    head, model = fitted.head, get_model(fitted.head.backbone)
    st.markdown(_what_is_read(head.reading))
    trace = get_trace(head.backbone, scene.picture)
    key = head.backbone, scene.picture.key, head.blocks, head.reading, head.weight.numpy().tobytes()
    lens = _lens(key, head, model, trace)
    said = lens.alone if "mean" in head.reading else lens.logits  # (gh·gw, classes)
    names = dict(enumerate(head.labels))
    answer = int(lens.logits.mean(0).argmax())
    if st.session_state.get("teach_patch_class") not in names:
        st.session_state.teach_patch_class = answer
    shown = {number: escape(name) for number, name in names.items()}
    wanted = st.pills("Class", list(names), format_func=shown.__getitem__, required=True, key="teach_patch_class")
    number = wanted if wanted in names else answer
    others = np.delete(said, number, axis=1).mean(1)  # (gh·gw,)
    left, right = st.columns(2)
    with left:
        picture = model.preprocessing.to_image(trace.pixels)
        alt = f"How far each patch speaks for {names[number]}"
        values = said[:, number] - others
        signed_map(picture, trace.layout, values, key="teach_patches", alt=alt, label="for, or against")
        note(
            f"The logit of **{escape(names[number])}** less the mean of the others': orange speaks for it, blue "
            f"against. The mean of all patches is {values.mean():.2f}."
        )
    with right:
        labels = class_names(head.labels, said.argmax(-1))
        shares = probabilities(said, 1.0).max(-1).reshape(trace.layout.grid)
        figure = best_class_map(labels, shares, head.labels)
        st.plotly_chart(figure, key="teach_best_class", alt="The likeliest class of every patch")
        note("Each patch's own likeliest class, in the colours of the classes.")


def _what_is_read(reading: str) -> str:
    """Which part of the head's input a patch takes the place of."""
    if reading == "mean":
        return (
            "The head reads the mean of all patches. So it can be asked about each patch alone: the logits of all "
            "patches average to those of the answer."
        )
    if reading == "cls+mean":
        return (
            "The head reads two vectors, CLS and the mean of the patches. Here each patch takes the place of the mean, "
            "and what CLS says, the same for every patch, is left out."
        )
    return (
        "This head reads CLS alone. Here each patch takes its place, for which it was not fitted: believe this map "
        "less than one of a head that reads the mean of the patches (choose that under More)."
    )
