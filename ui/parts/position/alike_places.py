"""Which places are alike: a small map for every place, and that of the chosen one over the picture."""

from __future__ import annotations

import streamlit as st
from PIL import Image

from ui.server import results
from ui.server.shared import shared_result
from ui.session import choices
from ui.session.scene import Scene
from ui.shell.lesson import explain
from ui.shell.refusals import fragment
from ui.widgets.patch_map import patch_map
from ui.widgets.png import png, still
from vit import ViT
from vit.figures.position import framed, grid_of_grids
from vit.model.layout import TokenLayout


@shared_result(max_entries=8)
def _sheet(model_name: str, layout: TokenLayout, _model: ViT) -> Image.Image:
    """The likeness of all places as a grid of small grids; shared, so nobody paints into it."""
    return grid_of_grids(results.position_similarity(model_name, layout, _model))


@shared_result(max_bytes=64e6)
def _framed_sheet(model_name: str, layout: TokenLayout, place: tuple[int, int], _model: ViT) -> bytes:
    """The same with the one at ``place`` in a frame: a PNG."""
    return png(framed(_sheet(model_name, layout, _model), layout.grid, place))


@fragment
def alike_places(scene: Scene, measured: str) -> None:
    """All maps, and that of the chosen place; ``measured`` says how they were worked out. Nothing else of the page
    follows a click on a patch."""
    choices.write_link()
    layout, (gh, gw) = scene.layout, scene.layout.grid
    name, place = layout.name(scene.patch), scene.place
    similarity = results.position_similarity(scene.model_name, layout, scene.model)
    st.subheader("Which places are alike", anchor=False)
    left, right, words = st.columns([3, 3, 2])
    with left:
        sheet = _framed_sheet(scene.model_name, layout, place, scene.model)
        still(sheet, "For every place, a small map of its likeness to all places", "stretch")
    with right:
        patch_map(
            scene.cropped,
            layout,
            key="places",
            alt=f"How like the place of {name} is to every other; click a patch",
            chosen=scene.patch,
            on_pick=scene.pick,
            values=similarity[place],
            scale=(-1.0, 1.0),
            label="likeness",
        )
    with words:
        explain(
            f"**{gw} × {gh} small maps**, one a place, as large as the picture each: how like is this place "
            f"to every other? ({measured}; dark −1, bright 1.) The map of {name} is framed."
        )
        explain("**The picture** under the framed map. Click another patch to move.")
