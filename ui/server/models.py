"""The models in use, loaded once and shared by all sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui.server import taught_heads
from ui.server.model_thread import MORE_PASSES, crowded, on_model_thread
from ui.server.shared import model_result

if TYPE_CHECKING:
    from torch import Tensor

    from vit import ViT
    from vit.checkpoints.taught_head import TaughtHead
    from vit.serving.scripted_blocks import Replay

MODELS = 4
TAUGHT = 64  # heads on their backbones, whose tensors they share


@st.cache_resource(show_spinner=False)
def _replay() -> Replay:
    """For all models; used on the model thread only."""
    from vit.serving.scripted_blocks import Replay

    return Replay(worth=crowded)


@model_result(max_entries=MODELS)
def _loaded(name: str) -> ViT:
    from vit import load_pretrained

    return _served(load_pretrained(name))


@model_result(max_entries=TAUGHT)
def _with_head(name: str, _head: TaughtHead) -> ViT:
    backbone = _loaded(_head.backbone)
    return _served(_head.on(backbone), backbone)


def _served(model: ViT, backbone: ViT | None = None) -> ViT:
    """The model itself, as fast as a crowded server needs it: on a graphics card where there is one. ``backbone``:
    whose weights it shares."""
    from vit.serving.device_blocks import accelerator, on_device
    from vit.serving.fast_blocks import in_place

    if device := accelerator():
        return on_device(model, device, backbone)
    model = in_place(model)
    model.block_runner = _replay()
    return model


def get_model(name: str) -> ViT:
    """The model called ``name``; CheckpointError if there is none."""
    head = taught_heads.known(name)
    return _with_head(name, head) if head else _loaded(name)


def prepare_for_a_crowd(name: str, pixels: Tensor) -> None:
    """Have the script of passes over pictures like ``pixels`` (1, c, height, width) before many people want them: made
    when they stand in the queue, it costs each of them a second."""

    def make() -> None:
        model = get_model(name)
        if model.block_runner is _replay():
            _replay().prepare(model, pixels)

    on_model_thread(make, MORE_PASSES)
