"""The models in use, loaded once and shared by all sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui.server.model_thread import crowded
from ui.server.shared import model_result

if TYPE_CHECKING:
    from vit import ViT
    from vit.serving.scripted_blocks import Replay

MODELS = 4


@st.cache_resource(show_spinner=False)
def _replay() -> Replay:
    """For all models; used on the model thread only."""
    from vit.serving.scripted_blocks import Replay

    return Replay(worth=crowded)


@model_result(max_entries=MODELS)
def get_model(name: str) -> ViT:
    """The model called ``name``; CheckpointError if there is none."""
    from vit import load_pretrained
    from vit.serving.fast_blocks import in_place

    model = in_place(load_pretrained(name))
    model.block_runner = _replay()
    return model
