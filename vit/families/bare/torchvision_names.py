"""torchvision's ``vit_b_16`` and its like (torchvision/models/vision_transformer.py)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vit.families.bare.scheme import (
    BILINEAR,
    Guess,
    Scheme,
    Shapes,
    classes,
    depth,
    guessed_heads,
    named,
    patches,
    positions,
)
from vit.families.keys import Keys, kernel, layer, rows
from vit.model.config import ViTConfig

BLOCK = "encoder.layers.encoder_layer_{i}"


def values(shapes: Shapes, said: dict[str, Any]) -> dict[str, Any]:
    patch = patches(shapes, "conv_proj.weight")
    return {
        **patch,
        **positions(shapes["encoder.pos_embedding"], patch["patch_size"], (1,), said),
        "depth": depth(shapes, BLOCK),
        "mlp_width": shapes["encoder.layers.encoder_layer_0.mlp.0.weight"][0],
        **classes(shapes, "heads.head.weight"),
    }


def guesses(values: dict[str, Any], keys: Collection[str]) -> dict[str, Guess]:
    return {
        **guessed_heads(values),
        "activation": Guess("gelu", "torchvision knows no other"),
        "norm_eps": Guess(1e-6, "torchvision's default"),
    }


def keys(config: ViTConfig) -> Keys:
    qkv = {
        f"blocks.{{i}}.attention.qkv.{part}": f"{BLOCK}.self_attention.in_proj_{part}" for part in ("weight", "bias")
    }
    return {
        "prefix": rows("class_token"),
        "position": rows("encoder.pos_embedding"),
        "patch_embedding.projection.weight": kernel("conv_proj.weight"),
        "patch_embedding.projection.bias": "conv_proj.bias",
        **layer("blocks.{i}.norm1", f"{BLOCK}.ln_1"),
        **qkv,
        **layer("blocks.{i}.attention.out", f"{BLOCK}.self_attention.out_proj"),
        **layer("blocks.{i}.norm2", f"{BLOCK}.ln_2"),
        **layer("blocks.{i}.mlp.up", f"{BLOCK}.mlp.0"),
        **layer("blocks.{i}.mlp.down", f"{BLOCK}.mlp.3"),
        **layer("norm", "encoder.ln"),
        **layer("head", "heads.head"),
    }


TORCHVISION = Scheme(
    family=named("torchvision's VisionTransformer", keys),
    anchor="conv_proj.weight",
    signature=(
        "conv_proj.weight", "class_token", "encoder.pos_embedding", f"{BLOCK}.self_attention.in_proj_weight",
        f"{BLOCK}.mlp.0.weight", "encoder.ln.weight",
    ),
    values=values,
    guesses=guesses,
    pictures=BILINEAR,
    library="torchvision",
    renamed={"mlp.linear_1": "mlp.0", "mlp.linear_2": "mlp.3"},
)  # fmt: skip
