"""transformers' own names, of its files and in memory, where the ``config.json`` is lost: ViT, DINOv2, CLIP, SigLIP."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from vit.families import clip, dinov2, siglip, vit
from vit.families.bare.scheme import (
    BICUBIC,
    CLIP,
    Guess,
    Scheme,
    Shapes,
    classes,
    depth,
    guessed_heads,
    patches,
    positions,
    registers,
)
from vit.families.blocks import VIT, VIT_IN_MEMORY, renaming

PROJECTION, BLOCK, CLIP_BLOCK = (
    "embeddings.patch_embeddings.projection.weight",
    "encoder.layer.{i}",
    "encoder.layers.{i}",
)
SPELT = " in transformers' names"
HALF = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5), "margin": None}


def of_vit(shapes: Shapes, said: dict[str, Any]) -> dict[str, Any]:
    patch = patches(shapes, PROJECTION)
    return {
        **patch,
        **positions(shapes["embeddings.position_embeddings"], patch["patch_size"], (1,), said),
        "depth": depth(shapes, BLOCK),
        "mlp_width": shapes["encoder.layer.0.intermediate.dense.weight"][0],
        "qkv_bias": "encoder.layer.0.attention.attention.query.bias" in shapes,
        **classes(shapes, "classifier.weight"),
    }


def of_dinov2(shapes: Shapes, said: dict[str, Any]) -> dict[str, Any]:
    patch = patches(shapes, PROJECTION)
    extra = registers(shapes, "embeddings.register_tokens")
    gated = "encoder.layer.0.mlp.weights_in.weight" in shapes
    up = shapes[f"encoder.layer.0.mlp.{'weights_in' if gated else 'fc1'}.weight"][0]
    head = classes(shapes, "classifier.weight")
    return {
        **patch,
        **positions(shapes["embeddings.position_embeddings"], patch["patch_size"], (1,), said),
        "depth": depth(shapes, BLOCK),
        "mlp_width": up // 2 if gated else up,
        **({"activation": "swiglu"} if gated else {}),
        "qkv_bias": "encoder.layer.0.attention.attention.query.bias" in shapes,
        "layer_scale": 1.0,
        "prefix": ("cls", *extra),
        "position_resample": "bicubic-antialias" if extra else "bicubic",
        "pooling": "cls+mean" if head else "cls",
        **head,
    }


def of_clip(shapes: Shapes, said: dict[str, Any]) -> dict[str, Any]:
    return {**_tower(shapes, (1,), said), "patch_bias": False, "norm_before_blocks": True}


def of_siglip(shapes: Shapes, said: dict[str, Any]) -> dict[str, Any]:
    head = classes(shapes, "classifier.weight")
    pooling = "map" if "head.probe" in shapes and not head else "mean"
    return {**_tower(shapes, (0,), said), "prefix": (), "pooling": pooling, **head}


def _tower(shapes: Shapes, tokens: tuple[int, ...], said: dict[str, Any]) -> dict[str, Any]:
    patch = patches(shapes, "embeddings.patch_embedding.weight")
    return {
        **patch,
        **positions(shapes["embeddings.position_embedding.weight"], patch["patch_size"], tokens, said),
        "depth": depth(shapes, CLIP_BLOCK),
        "mlp_width": shapes["encoder.layers.0.mlp.fc1.weight"][0],
    }


def usual(activation: str, norm_eps: float) -> Callable[[dict[str, Any], Collection[str]], dict[str, Guess]]:
    """The guesses of a family whose models nearly all have these."""

    def guesses(values: dict[str, Any], keys: Collection[str]) -> dict[str, Guess]:
        return {
            **guessed_heads(values),
            "activation": Guess(activation, "transformers' default for this family"),
            "norm_eps": Guess(norm_eps, "transformers' default for this family"),
        }

    return guesses


TRANSFORMERS_VIT = Scheme(
    family=vit.FAMILY,
    anchor=PROJECTION,
    signature=(
        PROJECTION, "embeddings.cls_token", "embeddings.position_embeddings", f"{BLOCK}.layernorm_before.weight",
        f"{BLOCK}.attention.attention.query.weight", f"{BLOCK}.intermediate.dense.weight", "layernorm.weight",
    ),
    values=of_vit,
    guesses=usual("gelu", 1e-12),
    pictures={**HALF, "resample": 2},
    spelt=SPELT,
    renamed=renaming(VIT_IN_MEMORY, VIT),
)  # fmt: skip
TRANSFORMERS_DINOV2 = Scheme(
    family=dinov2.FAMILY,
    anchor=PROJECTION,
    signature=(
        PROJECTION, "embeddings.cls_token", "embeddings.position_embeddings", f"{BLOCK}.norm1.weight",
        f"{BLOCK}.attention.attention.query.weight", f"{BLOCK}.layer_scale1.lambda1", "layernorm.weight",
    ),
    values=of_dinov2,
    guesses=usual("gelu", 1e-6),
    pictures=BICUBIC,
    spelt=SPELT,
    renamed=renaming(dinov2.IN_MEMORY, dinov2.HUB),
    shown_at=224,
)  # fmt: skip
TRANSFORMERS_CLIP = Scheme(
    family=clip.FAMILY,
    anchor="embeddings.patch_embedding.weight",
    signature=(
        "embeddings.patch_embedding.weight", "embeddings.class_embedding", "embeddings.position_embedding.weight",
        f"{CLIP_BLOCK}.self_attn.q_proj.weight", "pre_layrnorm.weight", "post_layernorm.weight",
    ),
    values=of_clip,
    guesses=usual("quick_gelu", 1e-5),
    pictures=CLIP,
    spelt=SPELT,
)  # fmt: skip
TRANSFORMERS_SIGLIP = Scheme(
    family=siglip.FAMILY,
    anchor="embeddings.patch_embedding.weight",
    signature=(
        "embeddings.patch_embedding.weight", "embeddings.patch_embedding.bias", "embeddings.position_embedding.weight",
        f"{CLIP_BLOCK}.self_attn.q_proj.weight", "post_layernorm.weight",
    ),
    values=of_siglip,
    guesses=usual("gelu_tanh", 1e-6),
    pictures={**HALF, "resample": 3},
    spelt=SPELT,
)  # fmt: skip
