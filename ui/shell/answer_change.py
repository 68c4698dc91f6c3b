"""How a page tells what becomes of the answer in another pass over the same picture."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.session.scene import Scene
from ui.widgets.markdown import escape
from vit.analysis.answer import read
from vit.analysis.output import class_names
from vit.figures.numbers import cosine_words, value_words


def show_change(scene: Scene, likeness: float, logits: np.ndarray | None) -> None:
    """How like another pass's output is to the first pass's, and what a classifier makes of it."""
    st.metric("output: cosine with the first pass", cosine_words(likeness), border=True)
    if logits is not None:
        st.markdown(f"The answer: {change_of_answer(scene, logits)}")


def change_of_answer(scene: Scene, logits: np.ndarray) -> str:
    """What becomes of the first pass's answer in a pass with these logits (classes,), as Markdown."""
    assert scene.trace.logits is not None
    config = scene.model.config
    before, after = read(scene.trace.logits[0].numpy(), config.answer), read(logits, config.answer)
    first, now = int(before.argmax()), int(after.argmax())
    name, other = map(escape, class_names(config.labels, [first, now]))
    moved = f"{value_words(before[first], config.answer)} → {value_words(after[first], config.answer)}"
    if config.answer == "numbers":
        return f"**{name}**, {moved}"
    if first == now:
        return f"still **{name}**, {moved}"
    return f"no longer {name} ({moved}) but **{other}**, {value_words(after[now], config.answer)}"
