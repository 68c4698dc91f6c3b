"""Patches taken out of sight: drawn over with the pointer or chosen by what the output looks at, and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
import streamlit as st

from ui.parts.what_if import answers
from ui.session.scene import Scene
from ui.shell.answer_change import change_of_answer
from ui.shell.lesson import explain, note
from ui.widgets.markdown import escape
from ui.widgets.patch_map import patch_map
from vit.experiments.what_if import ORDERS, Answer, how_many, order
from vit.figures.numbers import cosine_words

MOST, CHANCE, LEAST = ORDERS


def hidden(scene: Scene) -> tuple[int, ...]:
    """The patches out of sight, numbered from 0; none where the picture has since been cut in another way."""
    grid, patches = st.session_state.get("hidden", (None, ()))
    return patches if grid == scene.layout.grid else ()


def hide(scene: Scene, patches: Iterable[int]) -> None:
    """Take these out of sight and show all others (a callback). One stays: a model cannot look at nothing."""
    kept = tuple(sorted(int(patch) for patch in patches))
    st.session_state.hidden = scene.layout.grid, kept[: scene.layout.n_patches - 1]


def hide_patches(scene: Scene) -> Answer:
    """The picture to draw on, and what the model answers without what is hidden."""
    st.subheader("Hide patches", anchor=False)
    explain(
        "**Draw over the first picture.** What is crossed out is taken out of the row of tokens: not painted over, "
        "simply not there, for no one to look at. All others keep their places. A transformer does not mind: it takes "
        "a row of any length. Draw over crosses to bring patches back. A cosine of 1 means the same answer, 0 "
        "nothing in common with it."
    )
    hidden_now, layout, picture = hidden(scene), scene.layout, scene.cropped
    first = answers.without_patches(scene.key, (), scene.model, scene.trace)
    answer = answers.without_patches(scene.key, hidden_now, scene.model, scene.trace)
    facts = [
        f"In sight: **{layout.n_patches - len(hidden_now)} of {layout.n_patches}** patches",
        f"cosine of the output with the first pass: **{cosine_words(answer.likeness)}**",
    ]
    if answer.logits is not None:
        facts.append(change_of_answer(scene, answer.logits))
    st.markdown(" · ".join(facts))
    left, right = st.columns(2)
    with left:
        count = f"{len(hidden_now)} of {layout.n_patches} patches hidden"
        alt = f"The picture, {count}; draw over patches to hide or show them"
        patch_map(picture, layout, key="hide", alt=alt, hidden=hidden_now, on_paint=partial(hide, scene))
    with right:
        scale = (0.0, float(np.nanmax(answer.looks)))
        alt = "How much the output takes from each patch that is left"
        patch_map(
            picture, layout, key="left", alt=alt, hidden=hidden_now, values=answer.looks, scale=scale, label="attention"
        )
        note(f"{scene.whose_attention}, when the rest is hidden. The scale ends at the largest share.")

    _proposals(scene, first)
    return answer


def _proposals(scene: Scene, first: Answer) -> None:
    """Buttons that hide what numbers of the first pass point out."""
    layout = scene.layout
    explain("Or let the numbers choose. **Hide …**")
    choices = {
        "25 % it looks at most": (MOST, 0.25),
        "25 % by chance": (CHANCE, 0.25),
        "25 % it looks at least": (LEAST, 0.25),
        "all but the 10 % it looks at most": (LEAST, 0.9),
        "nothing": (LEAST, 0.0),
    }
    with st.container(horizontal=True):
        for words, (which, share) in choices.items():
            chosen = order(first.looks, which)[: how_many(share, layout.n_patches)]
            st.button(words, on_click=hide, args=(scene, chosen.tolist()))
    if scene.model.head is None:
        return
    name, says = answers.says_the_answer(scene)  # how much each patch says so, (gh·gw,)
    half = layout.n_patches // 2
    rows = {
        f"the half that says {name} most": np.argsort(-says, kind="stable")[:half],
        f"the half that says {name} least": np.argsort(says, kind="stable")[:half],
        "a random half": np.random.default_rng(0).permutation(layout.n_patches)[:half],
    }
    with st.container(horizontal=True):
        for words, patches in rows.items():
            st.button(escape(words), on_click=hide, args=(scene, patches.tolist()))
