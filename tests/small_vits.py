"""Small random ViTs of every kind, on a picture that is not square: what a figure must be able to show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pytest
import torch

from vit.config import ViTConfig
from vit.model import ViT
from vit.trace import Trace

GRID = (3, 4)
_COMMON = {"image_size": (12, 16), "patch_size": 4, "width": 16, "depth": 3, "heads": 2, "mlp_width": 32}
CONFIGS = {
    "cls": ViTConfig(**_COMMON),
    "cls and head": ViTConfig(**_COMMON, n_classes=7, labels=tuple("abcdefg")),
    "registers": ViTConfig(**_COMMON, prefix=("cls", "reg0", "reg1"), layer_scale=0.5, n_classes=3),
    "mean": ViTConfig(**_COMMON, prefix=(), positioned_prefix=0, position="sincos2d", pooling="mean", n_classes=7),
    "map": ViTConfig(**_COMMON, prefix=(), positioned_prefix=0, pooling="map"),
    "cls and mean": ViTConfig(**_COMMON, pooling="cls+mean", n_classes=3),
    "rotary": ViTConfig(**_COMMON, prefix=("cls", "reg0"), position="rotary", positioned_prefix=0),
    "grey, vaswani": ViTConfig(**_COMMON, channels=1, position="sincos1d", n_classes=12),
    "no positions": ViTConfig(**_COMMON, prefix=(), positioned_prefix=0, position="none", pooling="mean"),
}


@dataclass(frozen=True)
class Small:
    """A small ViT and the trace of one picture of noise."""

    model: ViT
    trace: Trace


@cache
def small_vit(name: str) -> Small:
    config = CONFIGS[name]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = ViT(config).eval().requires_grad_(False)
        for parameter in model.parameters():  # larger than fresh weights, so that every part has a say
            parameter.add_(torch.randn_like(parameter) * 0.2)
        return Small(model, model.trace(torch.randn(1, config.channels, *config.image_size)))


every_vit = pytest.mark.parametrize("name", CONFIGS)
