"""Heads switched off: some that are chosen, or each in turn, and how far the answer moves."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.parts.what_if import answers
from ui.session.scene import Scene
from ui.shell.answer_change import show_change
from ui.shell.layer_slider import layer_slider
from ui.shell.lesson import explain, note
from ui.widgets.matrix import matrix
from ui.widgets.patch_map import patch_map
from vit.figures.numbers import cosine_words

Head = tuple[int, int]  # layer, head


def heads_off(scene: Scene) -> tuple[Head, ...]:
    """The heads that are switched off in this model."""
    model, heads = st.session_state.get("heads_off", (None, ()))
    return heads if model == scene.model_name else ()


def set_heads_off(scene: Scene, heads: set[Head]) -> None:
    """Switch these off and all others on (a callback)."""
    st.session_state.heads_off = scene.model_name, tuple(sorted(heads))


def switch_heads(scene: Scene) -> None:
    """Buttons for the heads of a layer, and what the model answers without those that are off."""
    st.subheader("Switch heads off", anchor=False)
    explain(
        "A head that is **off** still looks, but has nothing to give: its values **v** are all zero. Press a head to "
        "switch it off, press again to switch it on."
    )
    layer = layer_slider(scene)
    off, widget = heads_off(scene), f"heads_of_{layer}"
    st.session_state[widget] = [head for at, head in off if at == layer]

    def keep() -> None:
        others = {one for one in heads_off(scene) if one[0] != layer}
        set_heads_off(scene, others | {(layer, head) for head in st.session_state[widget]})

    with st.container(horizontal=True, vertical_alignment="bottom"):
        numbers = range(scene.model.config.heads)
        st.pills(f"Heads of block {layer} that are off", numbers, selection_mode="multi", key=widget, on_change=keep)
        every = {(layer, head) for head in numbers} | set(off)
        st.button("All of this block", on_click=set_heads_off, args=(scene, every))
        st.button("All on", on_click=set_heads_off, args=(scene, set()), disabled=not off)

    answer = answers.without_heads(scene.key, off, scene.model, scene.trace)
    left, right = st.columns(2)
    with left:
        scale, alt = (0.0, float(answer.looks.max())), "How much the output takes from each patch now"
        values = answer.looks
        patch_map(scene.cropped, scene.layout, key="off", alt=alt, values=values, scale=scale, label="attention")
        note(f"{scene.whose_attention}, with these heads off.")
    with right:
        show_change(scene, answer.likeness, answer.logits)
        names = [f"block {layer} head {head}" for layer, head in off]
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        st.markdown(f"Off: {', '.join(names[:8])}{more}." if off else "All heads are on: this is the first pass.")


def each_in_turn(scene: Scene) -> None:
    """How far the answer moves without each single head: when asked for."""
    st.subheader("Which heads does the answer need?", anchor=False)
    depth, heads = scene.model.config.depth, scene.model.config.heads
    explain(
        f"Switch off each of the {depth * heads} heads alone, all others on, and see how far the output moves from the "
        "first one. Often few are missed: the others can stand in for them (Michel et al. 2019)."
    )
    if not st.toggle(f"Switch off each of the {depth * heads} heads in turn", key="each_head"):
        return
    bar, rows = st.progress(0.0, "One head after the other …"), []
    for layer in range(depth):
        bar.progress(layer / depth, f"One head after the other: block {layer} …")
        rows.append(answers.each_head(scene.key, layer, scene.model, scene.trace))
    bar.empty()
    likeness = np.stack(rows)  # (depth, heads)
    change = 1 - likeness
    matrix(
        change,
        key="each_heads",
        alt="How far the output moves without each head, a row a block, a column a head",
        columns=("head", "head"),
        names=[f"block {layer}" for layer in range(depth)],
        limits=(0.0, float(change.max())),
    )
    worst = [divmod(int(place), heads) for place in np.argsort(likeness, axis=None)[:3]]
    missed = "; ".join(f"block {at} head {head} (cosine {cosine_words(likeness[at, head])})" for at, head in worst)
    note(f"1 − cosine with the first output: bright where the head is missed. Most missed: {missed}.")
