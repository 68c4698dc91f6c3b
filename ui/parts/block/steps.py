"""One token's way through one block, worked out once for all sessions; and what is chosen on this page."""

from __future__ import annotations

import streamlit as st

from ui.server.shared import model_result
from ui.session.keys import chosen
from ui.session.scene import Scene
from ui.shell.layer_slider import layer_slider
from ui.widgets.patch_map import patch_map
from vit import Trace, ViT
from vit.analysis import block_steps
from vit.analysis.block_steps import Added, BlockSteps


@model_result(max_bytes=16e6)
def _steps(key: tuple[str, ...], layer: int, token: int, _model: ViT, _trace: Trace) -> BlockSteps:
    return block_steps.block_steps(_model, _trace, layer, token)


@model_result(max_entries=512)
def added(key: tuple[str, ...], token: int, _trace: Trace) -> Added:
    """What every block adds to the vector of a token."""
    return block_steps.added(_trace, token)


def steps_of(scene: Scene) -> BlockSteps:
    """The way of the chosen token through the chosen block."""
    return _steps(scene.key, scene.layer, scene.token, scene.model, scene.trace)


def choose(scene: Scene) -> None:
    """Whose way, and through which block and head: the picture to click, and two sliders."""
    layout = scene.layout
    left, right = st.columns([1, 3])
    with left:
        patch = scene.token if scene.token >= layout.n_prefix else None
        alt = "The picture; click a patch to follow its token"
        patch_map(scene.cropped, layout, key="block_token", alt=alt, chosen=patch, on_pick=scene.pick)
    with right:
        st.markdown(f"You follow **{layout.name(scene.token)}**. Click a patch to follow another token.")
        if layout.n_prefix:
            with st.container(horizontal=True):
                for token in range(layout.n_prefix):
                    st.button(f"Follow {layout.name(token)}", on_click=scene.pick, args=(token,), key=f"follow_{token}")
        layer_slider(scene)
        _head_slider(scene)


def _head_slider(scene: Scene) -> None:
    heads = scene.model.config.heads
    if heads == 1:  # a slider needs two places
        return
    st.session_state.head_slider = scene.head

    def keep() -> None:
        chosen.head = st.session_state.head_slider

    st.slider("Head", 0, heads - 1, key="head_slider", on_change=keep, help="Whose q, k, v and pattern are shown.")
