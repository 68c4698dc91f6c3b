"""The picture half of SigLIP 2 for pictures of any shape (NaFlex; Tschannen et al. 2025, arXiv 2502.14786).

There a picture's patches come in a row, padded to a common length, with a mask. Here every picture has the size that is
chosen, so that nothing is padded; the patches, their order and the stretched positions are the same.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from math import isqrt
from typing import Any

from einops import rearrange
from torch import Tensor, tensor

from vit.families import reading, siglip
from vit.families.clip import vision
from vit.families.family import Reference
from vit.families.keys import Keys
from vit.model.config import ViTConfig
from vit.model.layout import TokenLayout

DEFAULTS = {**siglip.DEFAULTS, "num_patches": 256}


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    """Its positions stand in a square of ``num_patches``."""
    tower = vision(hub, DEFAULTS)
    patches = reading.whole(tower, "num_patches")
    if isqrt(patches) ** 2 != patches:
        raise ValueError(f"num_patches is {patches}, not a whole number squared")
    size = isqrt(patches) * reading.whole(tower, "patch_size")
    found = siglip.config({**hub, "vision_config_dict": {**tower, "image_size": size}}, keys)
    return replace(found, position_resample="bilinear-antialias")


def keys(config: ViTConfig) -> Keys:
    return {**siglip.keys(config), "patch_embedding.projection.weight": "embeddings.patch_embedding.weight"}


def patches_in_a_row(pixels: Tensor, layout: TokenLayout) -> Tensor:
    """(b, c, height, width) → (b, n, p·p·c), as its processor cuts a picture."""
    gh, gw = layout.grid
    return rearrange(pixels, "b c (gh p1) (gw p2) -> b (gh gw) (p1 p2 c)", gh=gh, gw=gw)


def without_padding(layout: TokenLayout) -> dict[str, Any]:
    return {"pixel_attention_mask": None, "spatial_shapes": tensor([layout.grid])}


FAMILY = replace(
    siglip.FAMILY,
    name="SigLIP 2 (NaFlex)",
    model_types=("siglip2", "siglip2_vision_model"),
    config=config,
    keys=keys,
    processor="Siglip2",
    reference=Reference(
        tower="Siglip2VisionModel",
        heads={"classifier.weight": "Siglip2ForImageClassification"},
        arguments=without_padding,
        pixels=patches_in_a_row,
    ),
)
