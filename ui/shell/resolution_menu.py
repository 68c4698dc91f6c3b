"""Choose the resolution: the sidebar's menu of the sizes a model can take. Imports torch."""

from __future__ import annotations

import streamlit as st

from ui.session.keys import chosen
from ui.session.offered import resolutions
from vit import ViT

WAYS = {False: "Square crop", True: "Whole picture"}


def choose_resolution(model: ViT) -> None:
    """The menu of resolutions this model can take, each with what it costs."""
    sides = resolutions(model)
    own = model.preprocessing.size[0]
    st.session_state.side_menu = chosen.side or own

    def keep() -> None:
        side = st.session_state.side_menu
        chosen.side = None if side == own else side

    st.session_state.whole_menu = WAYS[chosen.whole and not model.config.own_grid_only]

    def keep_way() -> None:
        chosen.whole = st.session_state.whole_menu == WAYS[True]

    st.segmented_control(
        "What the model sees",
        list(WAYS.values()),
        required=True,
        key="whole_menu",
        on_change=keep_way,
        disabled=model.config.own_grid_only,
        width="stretch",
        help="Models learn squares cut from the middle. The whole picture keeps its own shape: positions learned for a "
        "square are stretched to it, and it gets about as many patches as the square would have.",
    )
    st.selectbox(
        "Resolution",
        list(sides),
        key="side_menu",
        on_change=keep,
        format_func=lambda side: f"{side} px · {sides[side][0]:,} tokens · {_megabytes(sides[side][1])}",
        help="The side of the square the model sees. More patches see more and cost more: memory grows with the "
        "square of the tokens. Positions learned at one size are stretched to another.",
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else "under 1 MB"
