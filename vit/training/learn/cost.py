"""A run before it starts, in numbers: what its model learns, and how much memory and computing a step takes."""

from __future__ import annotations

import torch

from vit.analysis.cost import multiply_adds
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
    """How many numbers the head learns."""
    return (config.pooled_width + config.head_bias) * config.n_classes


def training_bytes(config: ViTConfig, batch: int, *, thawed: bool = True) -> int:
    """About how much memory a step takes: weights four times over (gradient, two moments), and what is kept
    of every block until the gradient comes back through it, in 4 bytes a number. If only the head is thawed,
    the weights once, and one block at a time."""
    n = len(config.prefix) + config.grid[0] * config.grid[1]
    block = n * (12 * config.width + 2 * config.mlp_width) + 2 * config.heads * n * n
    copies, blocks = (4, config.depth) if thawed else (1, 1)
    return 4 * (copies * parameters(config) + batch * blocks * block)


def operations(config: ViTConfig) -> float:
    """Operations to learn from one picture: a multiplication and an addition for each product of the pass, once
    forward and twice backward."""
    return 6.0 * sum(multiply_adds(config, config.grid[0] * config.grid[1]).values())
