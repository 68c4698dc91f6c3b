"""Type class names and see how well each fits the picture, with models that also learnt to read (CLIP, SigLIP)."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.server.shared import model_result
from ui.server.text_halves import text_half
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.shell.refusals import fragment
from ui.widgets.markdown import escape
from vit.checkpoints.files import CheckpointError
from vit.figures.output import top_bars
from vit.reference.text_half import TEMPLATE, ZeroShot

_MOST, _LONGEST = 20, 100
_NAMES = "a cat\na raccoon\na cup of coffee\na flower\na rocket\nan astronaut"


@model_result(max_entries=256)
def _fits(key: tuple[str, ...], texts: tuple[str, ...], _half: ZeroShot, _scene: Scene) -> list[float]:
    return _half.probabilities(_scene.trace.pooled, texts)[0].tolist()


@fragment
def fits(scene: Scene) -> None:
    """The form for class names, and how well each fits."""
    st.subheader("How well do your words fit?", anchor=False)
    explain(
        "This model learnt from pictures *and* the words beside them. A second transformer turns a sentence into a "
        "vector of the same space; the closer its direction is to the picture's, the better the two fit. So any words "
        "can be classes, and none had to be learnt as such (*zero-shot*)."
    )
    with st.form("zero_shot", border=False):
        left, right = st.columns(2)
        typed = left.text_area("Classes, one a line", _NAMES, height=180, max_chars=_MOST * _LONGEST)
        template = right.text_input("Sentence around each", TEMPLATE, max_chars=_LONGEST)
        asked = right.form_submit_button("Compare", type="primary")
    names = list(dict.fromkeys(line.strip()[:_LONGEST] for line in typed.splitlines() if line.strip()))[:_MOST]
    if asked:
        st.session_state.zero_shot_asked = True
    if not st.session_state.get("zero_shot_asked"):
        note("The first time, transformers is imported for this, which takes about ten seconds.")
        return
    if not names or "{}" not in template:
        st.info("Write at least one class, and {} in the sentence where the class goes.")
        return
    try:
        with st.spinner("Importing transformers and loading the model's text half …"):
            half = text_half(scene.model_name)
        with st.spinner("The model reads your words …"):
            values = _fits(scene.key, tuple(template.replace("{}", name) for name in names), half, scene)
    except CheckpointError as error:
        st.error(escape(str(error)))
        return
    order = sorted(range(len(names)), key=lambda place: -values[place])
    figure = top_bars([names[place] for place in order], np.array([values[place] for place in order]))
    st.plotly_chart(figure, key="fits", alt="How well each class fits the picture")
    note(
        "Each sentence was judged alone (*sigmoid*): the shares need not sum to 1, and none may fit."
        if half.how.independent
        else "The sentences compete (*softmax*): the shares sum to 1, and one must win even if none fits."
    )
