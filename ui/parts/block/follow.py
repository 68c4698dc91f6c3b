"""Follow a token through a block: the choice of both, and of a head."""

from __future__ import annotations

import streamlit as st

from ui.session import choices
from ui.session.keys import chosen
from ui.session.scene import Scene
from ui.shell.lesson import explain
from ui.widgets.live_slider import live_slider
from ui.widgets.patch_map import patch_map


def choose_token(scene: Scene) -> None:
    """Whose way: the picture to click, and a button for each token that has no patch."""
    layout = scene.layout
    left, right = st.columns([1, 3])
    with left:
        patch = scene.token if scene.token >= layout.n_prefix else None
        alt = "The picture; click a patch to follow its token"
        patch_map(scene.cropped, layout, key="block_token", alt=alt, chosen=patch, on_pick=scene.pick)
    with right:
        explain(f"You follow **{layout.name(scene.token)}**. Click a patch to follow another token.")
        if layout.n_prefix:
            with st.container(horizontal=True):
                for token in range(layout.n_prefix):
                    st.button(
                        f"Follow {layout.name(token)}",
                        on_click=scene.pick,
                        args=(token,),
                        key=f"follow_{token}",
                        disabled=token == scene.token,
                    )


def choose_block(scene: Scene) -> None:
    """Through which block and head. To be used in a fragment, which follows the sliders while they are dragged; the
    link is written when they are let go, so that a drag is one step back in the browser."""
    left, right = st.columns(2)
    with left:
        dragged = _slider(scene, "Block", "layer", scene.model.config.depth)
    with right:
        dragged |= _slider(scene, "Head", "head", scene.model.config.heads)
    if not dragged:
        choices.write_link()


def _slider(scene: Scene, label: str, what: str, count: int) -> bool:
    """A slider for the chosen ``layer`` or ``head``, unless there is only one. True while it is dragged."""
    if count == 1:
        return False

    def keep(value: int) -> None:
        setattr(chosen, what, value)

    return live_slider(label, getattr(scene, what), count - 1, key=f"{what}_live", on_move=keep)
