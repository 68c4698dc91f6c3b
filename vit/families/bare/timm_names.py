"""The names of DINO, DINOv2, MAE, iBOT and DeiT, which all began as timm's ``vision_transformer.py``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import torch

from vit.families.bare.scheme import (
    Guess,
    Scheme,
    Shapes,
    classes,
    depth,
    guessed_heads,
    named,
    patches,
    positions,
    registers,
)
from vit.families.keys import Keys, Made, kernel, layer, rows
from vit.model.config import ViTConfig

BLOCK = "blocks.{i}"


def values(shapes: Shapes, said: dict[str, Any]) -> dict[str, Any]:
    patch = patches(shapes, "patch_embed.proj.weight")
    extra = registers(shapes, "register_tokens")
    tokens = [name for name, key in (("cls", "cls_token"), ("dist", "dist_token")) if key in shapes]
    gated = "blocks.0.mlp.w12.weight" in shapes
    return {
        **patch,
        **positions(shapes["pos_embed"], patch["patch_size"], (len(tokens), len(tokens) + len(extra), 0), said),
        "depth": depth(shapes, BLOCK),
        "mlp_width": shapes["blocks.0.mlp.w12.weight"][0] // 2 if gated else shapes["blocks.0.mlp.fc1.weight"][0],
        **({"activation": "swiglu"} if gated else {}),
        "qkv_bias": "blocks.0.attn.qkv.bias" in shapes,
        "patch_bias": "patch_embed.proj.bias" in shapes,
        "norm_before_blocks": "norm_pre.weight" in shapes,
        "layer_scale": 1.0 if "blocks.0.ls1.gamma" in shapes else None,
        "prefix": (*tokens, *extra),
        "position_resample": "bicubic-antialias" if extra else "bicubic",
        **_head(shapes, patch["width"], tokens),
    }


def _head(shapes: Shapes, width: int, tokens: list[str]) -> dict[str, Any]:
    if "fc_norm.weight" in shapes:  # the mean of the patches, normed: MAE tuned to classes, and what timm pools by mean
        return {"pooling": "mean", "last_norm": "pooled", **classes(shapes, "head.weight")}
    if "head.weight" not in shapes:
        return {"pooling": "cls" if "cls" in tokens else "mean"}
    if "head_dist.weight" in shapes:
        return {"pooling": "cls+dist", **classes(shapes, "head.weight")}
    return classes(shapes, "head.weight") | ({"pooling": "cls+mean"} if shapes["head.weight"][1] == 2 * width else {})


def guesses(values: dict[str, Any], keys: Collection[str]) -> dict[str, Guess]:
    pooled = Guess("cls" if "cls" in values["prefix"] else "mean", "a classifier with no norm of its own reads it")
    return {
        **guessed_heads(values),
        "activation": Guess("gelu", "all of these models have it"),
        "norm_eps": Guess(1e-6, "all of these models have it"),
        "pooling": pooled,
    }


def keys(config: ViTConfig) -> Keys:
    gated = config.activation == "swiglu"
    tokens = [f"{name}_token" for name in config.prefix if not name.startswith("reg")]
    return {
        "prefix": rows(*tokens, *(["register_tokens"] if len(config.prefix) > len(tokens) else [])),
        "position": rows("pos_embed"),
        "patch_embedding.projection.weight": kernel("patch_embed.proj.weight"),
        "patch_embedding.projection.bias": "patch_embed.proj.bias",
        **layer("norm_before", "norm_pre"),
        **layer("blocks.{i}.norm1", f"{BLOCK}.norm1"),
        **layer("blocks.{i}.attention.qkv", f"{BLOCK}.attn.qkv"),
        **layer("blocks.{i}.attention.out", f"{BLOCK}.attn.proj"),
        "blocks.{i}.scale1.gamma": f"{BLOCK}.ls1.gamma",
        **layer("blocks.{i}.norm2", f"{BLOCK}.norm2"),
        **layer("blocks.{i}.mlp.up", f"{BLOCK}.mlp.{'w12' if gated else 'fc1'}"),
        **layer("blocks.{i}.mlp.down", f"{BLOCK}.mlp.{'w3' if gated else 'fc2'}"),
        "blocks.{i}.scale2.gamma": f"{BLOCK}.ls2.gamma",
        **layer("norm", "norm"),
        **layer("pooled_norm", "fc_norm"),
        **(_averaged_heads() if config.pooling == "cls+dist" else layer("head", "head")),
    }


def _averaged_heads() -> Keys:
    """The mean of a head on CLS and one on the distillation token is one head on both, as :mod:`vit.families.deit`
    shows."""
    return {
        "head.weight": Made(("head.weight", "head_dist.weight"), lambda *w: torch.cat(w, dim=1) / 2),
        "head.bias": Made(("head.bias", "head_dist.bias"), lambda cls, dist: (cls + dist) / 2),
    }


HIDDEN = "stands in for hidden patches in pre-training only"
VIEWS = "compares views in pre-training only (DINO's projection head)"
PAINTED = "paints the hidden patches in pre-training only"
TIMM_NAMES = Scheme(
    family=named(
        "ViT in timm's names (DINO, iBOT, DeiT, MAE's encoder)",
        keys,
        {"mask_token": HIDDEN, "masked_embed": HIDDEN, "head.mlp.": VIEWS, "head.last_layer.": VIEWS},
    ),
    anchor="patch_embed.proj.weight",
    signature=(
        "patch_embed.proj.weight", "pos_embed", f"{BLOCK}.norm1.weight", f"{BLOCK}.attn.qkv.weight",
        f"{BLOCK}.attn.proj.weight", f"{BLOCK}.norm2.weight",
    ),
    values=values,
    guesses=guesses,
    renamed={"gamma_1": "ls1.gamma", "gamma_2": "ls2.gamma", "reg_token": "register_tokens"},
    library="timm",
)  # fmt: skip
MAE = replace(
    TIMM_NAMES,
    family=named(
        "MAE of its authors, encoder and decoder",
        keys,
        {
            "mask_token": HIDDEN,
            **{f"decoder_{part}": PAINTED for part in ("embed.", "pos_embed", "blocks.", "norm.", "pred.")},
        },
    ),
    signature=(*TIMM_NAMES.signature, "decoder_embed.weight"),
)
DINOV2 = replace(
    TIMM_NAMES,
    family=named("DINOv2 of its authors", keys, {"mask_token": HIDDEN}),
    signature=(*TIMM_NAMES.signature, f"{BLOCK}.ls1.gamma", "mask_token"),
    shown_at=224,
)
