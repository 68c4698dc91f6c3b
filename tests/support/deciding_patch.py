"""A model whose evidence is known by construction: one patch decides, and attention looks at another.

Pictures are rows of one-pixel patches with two channels, *evidence* and *bait*. A patch's value is its evidence; keys
see only the bait. CLS gathers values and the head reads what it gathered, so the answer comes from the patch with
evidence, while every pattern is brightest at the patch with bait. There are no positions.
"""

from __future__ import annotations

import torch
from torch import Tensor

from vit import ViT, ViTConfig

CONFIG = ViTConfig(
    image_size=(3, 4), patch_size=1, channels=2, width=8, depth=2, heads=1, mlp_width=4, position="none",
    positioned_prefix=0, n_classes=2, labels=("there", "not there"),
)  # fmt: skip
DECIDES, BAIT = 6, 1  # patches, numbered from 0


def deciding_model() -> ViT:
    """Dimensions 0 and 1 hold evidence (±), 2 and 3 bait (±), 4 and 5 a constant (±), 6 and 7 what is gathered (±)."""
    model = ViT(CONFIG).eval().requires_grad_(False)
    for name, parameter in model.named_parameters():
        parameter.fill_(1.0 if "norm" in name and name.endswith("weight") else 0.0)
    pair = torch.tensor([1.0, -1.0])
    model.patch_embedding.projection.weight[:2, 0] = pair
    model.patch_embedding.projection.weight[2:4, 1] = pair
    model.patch_embedding.projection.bias[4:6] = pair
    model.prefix[0, 4:6] = pair
    for block in model.blocks:
        q, k, v = block.attention.qkv.weight.chunk(3)
        q[0, 4], k[0, 2], v[1, 0] = 1.0, 3.0, 1.0
        block.attention.out.weight[6:8, 1] = pair
    model.head.weight[0, 6:8], model.head.weight[1, 6:8] = pair, -pair
    return model


def picture(evidence: int = DECIDES, bait: int = BAIT) -> Tensor:
    """Pixels (1, 2, 3, 4) with evidence in one patch and bait in another."""
    pixels = torch.zeros(1, 2, 12)
    pixels[0, 0, evidence] = pixels[0, 1, bait] = 1.0
    return pixels.reshape(1, 2, 3, 4)
