"""The filters of the patch matrix as pictures: all of them, and what they are mixed from."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.server.shared import shared_result
from ui.session.scene import Scene
from ui.shell.lesson import note
from ui.shell.refusals import fragment
from ui.widgets.png import png, still
from vit import ViT
from vit.analysis import filters
from vit.analysis.components import principal_components
from vit.figures.embedding import filter_sheet

ALL, MIXED_FROM = "All filters", "What they are mixed from"
COMPONENTS = 28  # as many as the ViT paper's figure 7, left, shows


def filter_pictures(model: ViT) -> np.ndarray:
    """The patch matrix as pictures: (d, p, p, c)."""
    return filters.filter_pictures(model.patch_embedding.projection.weight.numpy(), model.config.patch_size)


@shared_result(max_entries=8)
def _all_filters(model_name: str, _model: ViT, columns: int) -> bytes:
    """All filters on one sheet, a PNG."""
    return png(filter_sheet(filter_pictures(_model), columns))


@shared_result(max_entries=8)
def _components(model_name: str, _model: ViT, columns: int) -> bytes:
    """The filters' first principal components on one sheet, a PNG (the ViT paper's figure 7, left)."""
    directions, _, _ = principal_components(_model.patch_embedding.projection.weight.numpy(), COMPONENTS)
    return png(filter_sheet(filters.filter_pictures(directions, _model.config.patch_size), columns, scale=4))


@fragment
def all_filters(scene: Scene) -> None:
    """A switch between the filters and their principal components."""
    width = scene.model.config.width
    st.subheader(f"The {width} filters", anchor=False)
    shown = st.segmented_control("Show", (ALL, MIXED_FROM), default=ALL, required=True, key="filters")
    if shown == ALL:
        still(_all_filters(scene.model_name, scene.model, 32), f"The {width} filters of the patch matrix")
        note("In order, row by row. Mid grey is 0; each filter is stretched to its own largest value.")
    else:
        still(_components(scene.model_name, scene.model, 7), "The filters' principal components")
        note(
            f"The {COMPONENTS} pictures that explain most of the filters, the most important first: their *principal "
            "components*, as in the ViT paper's figure 7, left. Mid grey is 0; each is stretched to its own largest "
            "value."
        )
