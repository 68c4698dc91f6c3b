"""The slider for the layer, shared by all pages that have one."""

from __future__ import annotations

import streamlit as st

from ui.session.keys import chosen
from ui.session.scene import Scene


def layer_slider(scene: Scene) -> int:
    """The layer, from 0."""
    depth = scene.model.config.depth
    if depth == 1:  # a slider needs two places
        return 0
    st.session_state.layer_slider = scene.layer

    def keep() -> None:
        chosen.layer = st.session_state.layer_slider

    return st.slider("Block", 0, depth - 1, key="layer_slider", on_change=keep)
