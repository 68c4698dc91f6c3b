"""The grid over the picture, and how many patches it makes."""

from __future__ import annotations

import streamlit as st

from ui.session.scene import Scene
from ui.shell.lesson import explain
from ui.widgets.patch_map import patch_map


def grid(scene: Scene) -> None:
    """The picture cut into patches; a click chooses one."""
    layout, picture = scene.layout, scene.cropped
    (height, width), (gh, gw), side = scene.recipe.size, layout.grid, scene.model.config.patch_size
    st.subheader("The grid", anchor=False)
    left, right = st.columns([3, 2])
    with left:
        alt = "The patch grid; click a patch"
        patch_map(picture, layout, key="grid", alt=alt, chosen=scene.patch, on_pick=scene.pick)
    with right:
        explain("The number of patches follows from the sizes alone:")
        st.latex(rf"N = \frac{{H \cdot W}}{{P^2}} = \frac{{{height} \cdot {width}}}{{{side}^2}} = {gh * gw}")
        own = "1 token" if layout.n_prefix == 1 else f"{layout.n_prefix or 'no'} tokens"
        explain(
            "**H** and **W** are the picture's height and width in pixels, **P** is the side of a patch: "
            f"{side} pixels. That makes {gh} rows of {gw}, numbered from 0, row by row from the top left. "
            f"The model adds {own} of its own in front."
        )
        explain("**Click a patch** to look into it below; the other pages follow your choice.")
