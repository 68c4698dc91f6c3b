"""What a head may read of a picture: the CLS token, the mean of the patches, or both, after every block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from vit.model.vit import ViT


def readings(model: ViT) -> tuple[str, ...]:
    """What can be read of this model, as ``ViTConfig.pooling`` names it."""
    return ("cls", "mean", "cls+mean") if "cls" in model.config.prefix else ("mean",)


@torch.inference_mode()
def vectors_after_blocks(model: ViT, pixels: Tensor) -> dict[str, Tensor]:
    """Reading → what it gives of pictures (b, c, height, width) after each block: (depth, b, d), or (depth, b, 2·d).

    The final norm is laid over each, as if the model ended there: those after block i are the pooled outputs of the
    model's first i + 1 blocks alone.
    """
    layout, _, _, resid = model.embed(pixels)
    angle = model.places(layout)
    found: dict[str, list[Tensor]] = {reading: [] for reading in readings(model)}
    for layer in range(model.config.depth):
        resid = model.run_blocks_unrecorded(resid, angle, layer, layer + 1)  # (b, n, d)
        final = model.norm(resid)
        parts = {"mean": layout.patches(final).mean(dim=1)}  # (b, d)
        if "cls" in layout.prefix:
            parts["cls"] = final[:, layout.prefix.index("cls")]  # (b, d)
        for reading, levels in found.items():
            levels.append(torch.cat([parts[part] for part in reading.split("+")], dim=-1))
    return {reading: torch.stack(levels) for reading, levels in found.items()}
