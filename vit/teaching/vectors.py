"""What a head may read of a picture: the CLS token, the mean of the patches, or both, after every block."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vit.model.pooling import pool

if TYPE_CHECKING:
    from vit.model.vit import ViT


def readings(model: ViT) -> tuple[str, ...]:
    """What can be read of this model, as ``ViTConfig.pooling`` names it; several vectors side by side only where no
    norm stands behind the pooling."""
    if "cls" not in model.config.prefix:
        return ("mean",)
    return ("cls", "mean") if model.config.last_norm == "pooled" else ("cls", "mean", "cls+mean")


@torch.inference_mode()
def vectors_after_blocks(model: ViT, pixels: Tensor) -> dict[str, Tensor]:
    """Reading → what it gives of pictures (b, c, height, width) after each block: (depth, b, d), or (depth, b, 2·d).

    The final norm is laid over each, as if the model ended there: those after block i are the pooled outputs of the
    model's first i + 1 blocks alone.
    """
    layout, _, _, resid = model.embed(pixels)
    places = model.places(layout)
    found: dict[str, list[Tensor]] = {reading: [] for reading in readings(model)}
    for layer in range(model.config.depth):
        resid = model.run_blocks_unrecorded(resid, places, layer, layer + 1)  # (b, n, d)
        final = model.norm(resid)
        for reading, levels in found.items():
            pooled, _ = pool(replace(model.config, pooling=reading), None, final)
            levels.append(model.pooled_norm(pooled))
    return {reading: torch.stack(levels) for reading, levels in found.items()}
