"""Look closer at one part of the block: one at a time, so that it stands beside the formula and follows its sliders."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui.parts.block.neurons import neurons
from ui.parts.block.norm import norm
from ui.parts.block.parameters import parameters
from ui.parts.block.query_key_value import query_key_value
from ui.parts.block.residual import residual
from ui.session.keys import chosen
from ui.session.scene import Scene
from vit.analysis.block_steps import BlockSteps

# As a part stands in the link: what it is called, and what draws it.
PARTS: dict[str, tuple[str, Callable[[Scene, BlockSteps], None]]] = {
    "norm": ("Norm", norm),
    "qkv": ("Query, key, value", query_key_value),
    "mlp": ("MLP", neurons),
    "stream": ("Residual stream", residual),
    "parameters": ("Parameters", lambda scene, _: parameters(scene)),
}


def look_closer(scene: Scene, steps: BlockSteps) -> None:
    """The choice of a part, and the part; the first where none (or none that exists) is chosen."""
    st.session_state.part_menu = part = chosen.part if chosen.part in PARTS else next(iter(PARTS))

    def keep() -> None:
        chosen.part = st.session_state.part_menu

    st.segmented_control(
        "Look closer at",
        list(PARTS),
        required=True,
        format_func=lambda name: PARTS[name][0],
        key="part_menu",
        on_change=keep,
    )
    PARTS[part][1](scene, steps)
