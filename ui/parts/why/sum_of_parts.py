"""The answer's number as an exact sum: by block, a block by head, a head by the patches it took from."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.parts.why import computed
from ui.parts.why.question import Question
from ui.session.keys import chosen
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.shell.router import page_of
from ui.shell.stages import stage_of
from ui.widgets.signed_map import signed_map
from vit.analysis.evidence.itemised import Itemised
from vit.figures.why import waterfall


def sum_of_parts(scene: Scene, question: Question) -> tuple[Itemised, np.ndarray]:
    """The waterfall, one block of it unfolded, one head as a map; returns the parts, and what the head took, (n,)."""
    st.subheader("The number, item by item", anchor=False)
    explain(
        "Every block *adds* to the residual stream, and the answer is read from it in the end. With the spread of the "
        f"last norm held at its value in this pass, the {question.number} is a plain sum: what each part added, as the "
        "answer reads it. Parts also change what later blocks do; that counts as theirs."
    )
    found = computed.itemised(scene.key, question.key, scene.model, scene.trace, question.target)
    depth = len(found.mlps)
    names, parts = ["embedding", *(f"block {layer}" for layer in range(depth))], [found.embedding, *found.blocks]
    if scene.model.map_head is not None:
        names, parts = [*names, "pooling MLP"], [*parts, found.pooling_mlp]
    names, parts = [*names, "biases"], [*parts, found.bias]
    chart = waterfall(names, np.array(parts), found.answer)
    st.plotly_chart(chart, key="why_sum", alt=f"The {question.number} as a sum over blocks")
    note(
        f"The parts sum to {found.total:.5f}; the model's own number is {found.answer:.5f}, "
        f"{abs(found.total - found.answer):.0e} apart."
    )
    layer, head = _choice(scene, found)
    return found, _one_head(scene, question, found, layer, head)


def _choice(scene: Scene, found: Itemised) -> tuple[int, int]:
    """The block and head to unfold: as chosen on any page, or those that brought most."""
    depth, heads = found.heads.shape
    most = divmod(int(np.abs(found.heads).argmax()), heads)
    layer = scene.layer if chosen.layer is not None else most[0]
    head = scene.head if chosen.head is not None else int(np.abs(found.heads[layer]).argmax())
    if depth > 1:
        st.session_state.why_block = layer

        def keep_block() -> None:
            chosen.layer = st.session_state.why_block

        st.slider("Block to unfold", 0, depth - 1, key="why_block", on_change=keep_block)
    st.session_state.why_head = head

    def keep_head() -> None:
        if st.session_state.why_head is not None:
            chosen.layer, chosen.head = layer, st.session_state.why_head

    st.pills(
        f"What each head of block {layer} brought",
        range(heads),
        format_func=lambda one: f"head {one}: {found.heads[layer, one]:+.3f}",
        key="why_head",
        on_change=keep_head,
    )
    note(f"MLP: {found.mlps[layer]:+.3f} · bias behind the heads: {found.attention_bias[layer]:+.3f}")
    return layer, head


def _one_head(scene: Scene, question: Question, found: Itemised, layer: int, head: int) -> np.ndarray:
    """Where a head took what it brought."""
    model, layout = scene.model, scene.layout
    brought = computed.sources(scene.key, question.key, layer, head, model, scene.trace, question.target)  # (n,)
    patches = brought[layout.n_prefix :]
    left, right = st.columns(2)
    with left:
        alt = f"From which patches block {layer}, head {head} took what it brought"
        signed_map(scene.cropped, scene.layout, patches, key="why_head_map", alt=alt, label="brought")
    with right:
        explain(
            f"**Block {layer}, head {head} brought {found.heads[layer, head]:+.3f}.** The map says from which patches: "
            f"together {patches.sum():+.3f}."
        )
        names = [f"{layout.name(token)} {brought[token]:+.3f}" for token in range(layout.n_prefix)]
        if names:
            st.markdown(f"From tokens without a patch: {', '.join(names)}.")
        st.page_link(page_of(stage_of("attention")), label=f"Open block {layer}, head {head} in the attention explorer")
    return brought
