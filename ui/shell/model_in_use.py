"""What a page's head says and asks about the model: it reads the picture, is named, can be changed. Imports torch."""

from __future__ import annotations

import streamlit as st

from ui.session.current_scene import current_scene
from ui.session.keys import chosen
from ui.session.paper import can_be_like_mnist
from ui.session.samples import match_samples_to_model
from ui.session.scene import Scene
from ui.shell import model_menu, resolution_menu, untold
from ui.widgets.markdown import escape


def traced() -> Scene:
    """The scene in use; the gallery offers pictures of the kind its model was made for."""
    scene = current_scene()
    match_samples_to_model(scene.model.config.channels, scene.model.config.labels)
    return scene


def menus(scene: Scene) -> None:
    """The menus of models and of resolutions, and for a photographed digit whether it is made like MNIST's."""
    if can_be_like_mnist(chosen.picture, scene.model):
        _like_mnist()
    model_menu.choose_model()
    untold.told_and_untold(scene.model)
    resolution_menu.choose_resolution(scene.model)


def _like_mnist() -> None:
    st.session_state.like_mnist_switch = chosen.like_mnist

    def keep() -> None:
        chosen.like_mnist = st.session_state.like_mnist_switch

    words = "The digit is found, cut out, centred and inverted as MNIST's were. Off: the model gets the photograph."
    st.toggle("Make the digit like MNIST's", key="like_mnist_switch", on_change=keep, help=words)


def line(scene: Scene) -> None:
    """One line that says which picture and model the numbers below come from."""
    layout = scene.layout
    height, width = scene.recipe.size
    gh, gw = layout.grid
    prefix = ", ".join(layout.name(token) for token in range(layout.n_prefix)) or "no prefix token"
    picture, model = escape(scene.picture.name), escape(model_menu.short(scene.model_name))
    st.caption(
        f"**{picture}** · {model} · {width} × {height} pixels → "
        f"{gw} × {gh} patches + {prefix} = **{layout.n_tokens} tokens** of width {scene.model.config.width}"
    )
