"""Where the head reads, and how it is fitted: what was chosen, why, and the choice for those who want another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from ui.parts.teach.collected import mirrored
from ui.parts.teach.fitted import Fitted, wanted
from ui.shell.lesson import explain, note
from vit.figures.teaching import read_after_blocks
from vit.teaching.teach import ELSEWHERE, KINDS

WORDS = {"cls": "the CLS token", "mean": "the mean of the patches", "cls+mean": "CLS and the mean"}
BEST = "the best"


def reading(fitted: Fitted) -> None:
    """The curve over the blocks, and the menus."""
    lesson = fitted.lesson
    depth = len(next(iter(lesson.gained.values())))
    explain(
        f"In use: **{lesson.kind}** on **{WORDS[lesson.reading]}** after block {lesson.blocks - 1}. Early blocks "
        "know edges and colours, late ones what the model was once trained to tell; your classes may be told apart "
        "best somewhere in between."
    )
    curves = {WORDS[name]: curve.numpy() for name, curve in lesson.chosen_by.items()}
    own = {WORDS[name]: curve.numpy() for name, curve in lesson.gained.items()} if fitted.known else None
    chart = read_after_blocks(curves, own, (WORDS[lesson.reading], lesson.blocks - 1))
    st.plotly_chart(chart, key="teach_curve", alt="How sure heads are of the right class, by what they read and where")
    note(
        "Each picture is left out in turn and a head fitted to the others: how sure is it of the right class (mean "
        "log-probability), from guessing, 0\u00a0%, to certain, 100\u00a0%? "
        + (
            "The dots say it of your pictures alone. But a few pictures tell badly which place is best, so what was "
            f"measured once for this model, with photographs of other things, counts as {ELSEWHERE} pictures more: "
            "those are the lines. The highest place is taken"
            if fitted.known
            else "The highest place is taken; chosen by these very pictures, it names new ones a little less well"
        )
        + ", unless you choose another here."
    )
    readings = {BEST: None, **{WORDS[name]: name for name in lesson.gained}}
    blocks = {BEST: None, **{f"block {block}": block + 1 for block in range(depth)}}
    left, middle, right = st.columns(3)
    with left:
        _choose("It reads", "reading", readings)
    with middle:
        _choose("After", "blocks", blocks)
    with right:
        _choose("The head", "kind", {name: name for name in KINDS})
    st.session_state.teach_mirrored_menu = mirrored()
    st.toggle("Learn from each picture mirrored too", key="teach_mirrored_menu", on_change=_keep_mirrored)
    note("A cup with its handle at the other side is still a cup. A picture and its copy are left out together.")


def _keep_mirrored() -> None:
    st.session_state.teach_mirrored = st.session_state.teach_mirrored_menu


def _choose(label: str, field: str, options: Mapping[str, Any]) -> None:
    """A menu for one field of what is wanted; a value that is not in it is passed over."""
    key, now = f"teach_{field}", getattr(wanted(), field)
    st.session_state[key] = next((name for name, value in options.items() if value == now), next(iter(options)))

    def keep() -> None:
        if st.session_state[key] in options:
            st.session_state.teach_wanted = replace(wanted(), **{field: options[st.session_state[key]]})

    st.selectbox(label, list(options), key=key, on_change=keep)
