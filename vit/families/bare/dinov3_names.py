"""The names of DINOv3's authors (https://github.com/facebookresearch/dinov3): positions turn q and k, k has no bias."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vit.families.bare.scheme import IMAGENET, Guess, Scheme, Shapes, depth, named, patches, registers
from vit.families.keys import Keys, Made, kernel, layer, rows, stacked
from vit.model.config import ViTConfig

BLOCK = "blocks.{i}"
SIDE = 224  # pixels; no shape tells, as there is no table of positions


def values(shapes: Shapes, said: dict[str, Any]) -> dict[str, Any]:
    patch = patches(shapes, "patch_embed.proj.weight")
    gated = "blocks.0.mlp.w1.weight" in shapes
    head_width = 4 * shapes["rope_embed.periods"][0]  # a period for the row and one for the column turn two pairs each
    return {
        **patch,
        "heads": patch["width"] // head_width,
        "depth": depth(shapes, BLOCK),
        "mlp_width": shapes[f"blocks.0.mlp.{'w1' if gated else 'fc1'}.weight"][0],
        "activation": "swiglu" if gated else "gelu",
        "layer_scale": 1.0,
        "qkv_bias": "blocks.0.attn.qkv.bias" in shapes,
        "prefix": ("cls", *registers(shapes, "storage_tokens")),
        "positioned_prefix": 0,
        "position": "rotary",
    }


def guesses(values: dict[str, Any], keys: Collection[str]) -> dict[str, Guess]:
    side = SIDE // values["patch_size"] * values["patch_size"]
    return {
        "image_size": Guess((side, side), "any size can be run"),
        "norm_eps": Guess(1e-5, "all of its authors' models have it"),
        "rope_theta": Guess(100.0, "all of its authors' models have it"),
    }


def keys(config: ViTConfig) -> Keys:
    gated = config.activation == "swiglu"
    up = stacked("blocks.{i}.mlp.up", *(f"{BLOCK}.mlp.{part}" for part in (("w1", "w2") if gated else ("fc1",))))
    return {
        "prefix": rows("cls_token", *(["storage_tokens"] if len(config.prefix) > 1 else [])),
        "patch_embedding.projection.weight": kernel("patch_embed.proj.weight"),
        "patch_embedding.projection.bias": "patch_embed.proj.bias",
        **layer("blocks.{i}.norm1", f"{BLOCK}.norm1"),
        "blocks.{i}.attention.qkv.weight": f"{BLOCK}.attn.qkv.weight",
        "blocks.{i}.attention.qkv.bias": Made(  # the mask takes away what stands where k's bias would be
            (f"{BLOCK}.attn.qkv.bias", f"{BLOCK}.attn.qkv.bias_mask"), lambda bias, mask: bias * mask
        ),
        **layer("blocks.{i}.attention.out", f"{BLOCK}.attn.proj"),
        "blocks.{i}.scale1.gamma": f"{BLOCK}.ls1.gamma",
        **layer("blocks.{i}.norm2", f"{BLOCK}.norm2"),
        **up,
        **layer("blocks.{i}.mlp.down", f"{BLOCK}.mlp.{'w3' if gated else 'fc2'}"),
        "blocks.{i}.scale2.gamma": f"{BLOCK}.ls2.gamma",
        **layer("norm", "norm"),
    }


DINOV3 = Scheme(
    family=named(
        "DINOv3 of its authors",
        keys,
        {
            "mask_token": "stands in for hidden patches in pre-training only",
            "rope_embed.periods": "follow from rope_theta",
        },
    ),
    anchor="patch_embed.proj.weight",
    signature=(
        "patch_embed.proj.weight", "cls_token", "rope_embed.periods", f"{BLOCK}.norm1.weight",
        f"{BLOCK}.attn.qkv.weight", f"{BLOCK}.attn.proj.weight", f"{BLOCK}.ls1.gamma", "norm.weight",
    ),
    values=values,
    guesses=guesses,
    pictures={**IMAGENET, "resample": 2, "margin": None},
)  # fmt: skip
