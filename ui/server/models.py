"""The models in use, loaded once and shared by all sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.server import taught_heads
from ui.server.shared import model_result

if TYPE_CHECKING:
    from vit import ViT
    from vit.checkpoints.taught_head import TaughtHead

MODELS = 4
TAUGHT = 64  # heads on their backbones, whose tensors they share


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
    from vit.serving.scripted_blocks import scripted

    if device := accelerator():
        return on_device(model, device, backbone)
    return scripted(model, backbone)


def get_model(name: str) -> ViT:
    """The model called ``name``; CheckpointError if there is none."""
    head = taught_heads.known(name)
    return _with_head(name, head) if head else _loaded(name)
