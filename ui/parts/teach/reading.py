"""Where the head reads, and how it is fitted: what was chosen, why, and the choice for those who want another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from ui.parts.teach.fitted import Fitted, wanted
from ui.shell.lesson import explain, note
from vit.figures.teaching import read_after_blocks
from vit.teaching.teach import CANDIDATES, NEAREST, RIDGE

WORDS = {"cls": "the CLS token", "mean": "the mean of the patches", "cls+mean": "CLS and the mean"}
BEST = "the best"
KINDS = {BEST: None, RIDGE: RIDGE, NEAREST: NEAREST}


def reading(fitted: Fitted) -> None:
    """The curve over the blocks, and the menus."""
    lesson, labels = fitted.lesson, fitted.taught.labels
    depth = len(next(iter(lesson.curve.values())))
    explain(
        f"In use: **{lesson.kind.name}** on **{WORDS[lesson.reading]}** after block {lesson.blocks - 1}. Early blocks "
        "know edges and colours, late ones what the model was once trained to tell; your classes may be told apart "
        "best somewhere in between."
    )
    curves = {WORDS[name]: shares.numpy() for name, shares in lesson.curve.items()}
    taken = WORDS[lesson.reading], lesson.blocks - 1
    chart = read_after_blocks(curves, taken, 1 / len(labels))
    st.plotly_chart(chart, key="teach_curve", alt="Pictures named rightly, by what is read and after which block")
    heads = len(curves) * depth * len(CANDIDATES)
    note(
        f"Each picture left out in turn, each class counting the same; of all heads at a block the best. Of {heads} "
        "heads in all the best was taken by this very count, and of equals the surest: so the count is a little better "
        "than new pictures will be."
    )
    readings = {BEST: None, **{WORDS[name]: name for name in lesson.curve}}
    blocks = {BEST: None, **{f"block {block}": block + 1 for block in range(depth)}}
    left, middle, right = st.columns(3)
    with left:
        _choose("It reads", "reading", readings)
    with middle:
        _choose("After", "blocks", blocks)
    with right:
        _choose("The head", "kind", KINDS)


def _choose(label: str, field: str, options: Mapping[str, Any]) -> None:
    """A menu for one field of what is wanted; a value that is not in it is passed over."""
    key, now = f"teach_{field}", getattr(wanted(), field)
    st.session_state[key] = next((name for name, value in options.items() if value == now), BEST)

    def keep() -> None:
        if st.session_state[key] in options:
            st.session_state.teach_wanted = replace(wanted(), **{field: options[st.session_state[key]]})

    st.selectbox(label, list(options), key=key, on_change=keep)
