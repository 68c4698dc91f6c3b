"""A run before it starts, in numbers: what its model learns, and how much memory and computing a step takes."""

from __future__ import annotations

import torch

from vit.model.config import ViTConfig
from vit.model.vit import ViT
from vit.training.learn.first_model import freeze_first


def parameters(config: ViTConfig, frozen_blocks: int = 0) -> int:
    """How many numbers a model of this shape learns; no weights are made."""
    with torch.device("meta"):
        model = ViT(config)
        if frozen_blocks:
            freeze_first(model, frozen_blocks)
        return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def head_parameters(config: ViTConfig) -> int:
    """How many numbers the last layer learns."""
    return (config.pooled_width + config.head_bias) * config.n_classes


def training_bytes(config: ViTConfig, batch: int, *, thawed: bool = True) -> int:
    """About how much memory a step takes: weights four times over (gradient, two moments), and what is kept
    of every layer until the gradient comes back through it, in 4 bytes a number. If only the head is thawed,
    the weights once, and one layer at a time."""
    n = len(config.prefix) + config.grid[0] * config.grid[1]
    layer = n * (12 * config.width + 2 * config.mlp_width) + 2 * config.heads * n * n
    copies, layers = (4, config.depth) if thawed else (1, 1)
    return 4 * (copies * parameters(config) + batch * layers * layer)


def flops(config: ViTConfig) -> float:
    """Operations to learn from one picture: a multiplication and an addition for every weight and every pair
    of tokens, once forward and twice backward."""
    n = len(config.prefix) + config.grid[0] * config.grid[1]
    block = n * config.width * (4 * config.width + 2 * config.mlp_width) + 2 * n * n * config.width
    patches = config.grid[0] * config.grid[1] * config.patch_values * config.width
    return 6.0 * (config.depth * block + patches)
