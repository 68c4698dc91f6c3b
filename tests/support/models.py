"""Small models for tests: one of every kind, random, in memory or saved in a folder, with a trace of noise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
import torch

from vit import Trace, ViT, ViTConfig
from vit.checkpoints.loading import save_pretrained

# They differ in everything a page or an analysis may stumble over; the pictures are not square.
SMALL = {
    "cls": ViTConfig(image_size=(32, 48), patch_size=8, width=32, depth=3, heads=4, mlp_width=64, n_classes=5),
    "registers": ViTConfig(
        image_size=(32, 48), patch_size=8, width=32, depth=2, heads=2, mlp_width=64,
        prefix=("cls", "reg0", "reg1"), layer_scale=0.5, position_resample="bicubic-antialias",
    ),
    "mean, sincos2d": ViTConfig(
        image_size=(24, 32), patch_size=8, width=32, depth=2, heads=2, mlp_width=64, prefix=(),
        positioned_prefix=0, position="sincos2d", pooling="mean", n_classes=3,
    ),
    "map": ViTConfig(
        image_size=(32, 32), patch_size=8, width=32, depth=2, heads=2, mlp_width=64, prefix=(), positioned_prefix=0,
        pooling="map", activation="gelu_tanh",
    ),
    "rotary": ViTConfig(
        image_size=(32, 48), patch_size=8, width=32, depth=2, heads=2, mlp_width=64, prefix=("cls", "reg0"),
        position="rotary", positioned_prefix=0, activation="swiglu",
    ),
    "digits": ViTConfig(
        image_size=(28, 28), patch_size=4, channels=1, width=8, depth=2, heads=2, mlp_width=32, position="sincos1d",
        n_classes=10,
    ),
    "distilled": ViTConfig(
        image_size=(16, 16), patch_size=8, width=16, depth=1, heads=1, mlp_width=32, prefix=("cls", "dist"),
        positioned_prefix=2, pooling="cls+dist", n_classes=4, norm_before_blocks=True, activation="quick_gelu",
        patch_bias=False, position="learned",
    ),
    "no position": ViTConfig(
        image_size=(16, 24), patch_size=8, width=16, depth=1, heads=2, mlp_width=32, position="none",
        positioned_prefix=0,
    ),
    "rms, parallel": ViTConfig(  # with norms in every place that can have one, and no bias behind q, k and v
        image_size=(16, 24), patch_size=8, width=16, depth=2, heads=2, mlp_width=24, n_classes=3, pooling="mean",
        norm="rms", last_norm="pooled", parallel=True, patch_norm=True, qk_norm=True, attention_norm=True,
        mlp_norm=True, linear_bias=False, qkv_bias=False, attention_width=24, activation="swiglu",
    ),
    "norm behind, relative": ViTConfig(
        image_size=(16, 24), patch_size=8, width=16, depth=2, heads=2, mlp_width=24, n_classes=3, position="relative",
        positioned_prefix=0, norm_after_branch=True, attention_norm=True, mlp_norm=True,
    ),
    "learned, index": ViTConfig(
        image_size=(16, 24), patch_size=8, width=16, depth=2, heads=2, mlp_width=24, n_classes=3, pooling="mean&max",
        position="learned+rotary", rope_coordinates="index", rope_reference=(4, 4), rope_offset=1.0, last_norm="none",
        rope_columns_first=True, rope_neighbours=True, pool_prefix=True,
    ),
    "learned turns, map": ViTConfig(
        image_size=(16, 24), patch_size=8, width=16, depth=2, heads=2, mlp_width=24, prefix=("cls", "reg0"),
        position="rotary", positioned_prefix=0, rope_coordinates="learned", rope_neighbours=True, pooling="map",
        pool_prefix=False, map_heads=4, map_mlp_width=8,
    ),
    "detections, moved": ViTConfig(
        image_size=(16, 24), patch_size=8, width=16, depth=2, heads=2, mlp_width=24, n_classes=3, patch_shift=2,
        prefix=("cls", "det0", "det1"), positioned_prefix=3, position_resample="bilinear",
    ),
    "plain map": ViTConfig(
        image_size=(16, 24), patch_size=8, width=16, depth=2, heads=2, mlp_width=24, prefix=(), positioned_prefix=0,
        pooling="map", map_plain=True, qkv_bias=False, linear_bias=False, norm="rms", activation="swiglu",
    ),
}  # fmt: skip
every_vit = pytest.mark.parametrize("name", SMALL)

# For tests that open a page a kind: the slow ones open all, the fast ones these.
SMALL_AND_FAST = [
    name if name in ("cls", "map", "rotary") else pytest.param(name, marks=pytest.mark.slow) for name in SMALL
]


def random_model(config: ViTConfig) -> ViT:
    """A model whose every parameter is random, norms and biases too, so that none can be forgotten unnoticed."""
    torch.manual_seed(0)
    model = ViT(config).eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter.normal_(std=0.3)
    return model


def noise(config: ViTConfig, batch: int = 1) -> torch.Tensor:
    """Pixels (batch, channels, height, width) for a model, the same in every test."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn(batch, config.channels, *config.image_size, generator=generator)


@dataclass(frozen=True)
class Small:
    """A model and its trace of noise."""

    model: ViT
    trace: Trace


@cache
def small_vit(name: str) -> Small:
    """The small model of this name and a trace, made once for all tests: for reading only."""
    with torch.random.fork_rng():
        model = random_model(SMALL[name])
    return Small(model, model.trace(noise(model.config)))


def saved_model(folder: Path, name: str = "cls", **changes: object) -> Path:
    """The folder, with a small model in it, saved as training saves one; ``changes``: other values of its config."""
    save_pretrained(random_model(replace(SMALL[name], **changes)), folder)
    return folder
