"""ViT (Dosovitskiy et al. 2020, arXiv 2010.11929), and what was trained in its shape: DeiT without
distillation (Touvron et al. 2020, arXiv 2012.12877), DINO (Caron et al. 2021, arXiv 2104.14294)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vit.families import reading
from vit.families.blocks import VIT, VIT_IN_MEMORY, Names, block_keys
from vit.families.family import Family, Reference, first_token
from vit.families.keys import Keys, kernel, layer, rows
from vit.model.config import ViTConfig

DEFAULTS = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "image_size": 224,
    "patch_size": 16,
    "num_channels": 3,
    "qkv_bias": True,
}
IGNORED = {
    "pooler.": "a tanh layer on CLS that no head reads",
    "embeddings.mask_token": "stands in for hidden patches in pre-training only",
    "decoder.": "paints hidden patches in pre-training only",
}


def encoder(hub: dict[str, Any]) -> dict[str, Any]:
    """What a ``config.json`` of this family, DeiT and MAE says about the encoder."""
    return {
        **reading.common(hub),
        "mlp_width": reading.whole(hub, "intermediate_size"),
        "activation": reading.activation(hub),
        "qkv_bias": reading.flag(hub, "qkv_bias"),
    }


def encoder_keys(*names: Names) -> Keys:
    """The keys this family shares with DeiT and MAE, and by other names with more."""
    return {
        "position": rows("embeddings.position_embeddings"),
        "patch_embedding.projection.weight": kernel("embeddings.patch_embeddings.projection.weight"),
        "patch_embedding.projection.bias": "embeddings.patch_embeddings.projection.bias",
        **block_keys(*(names or (VIT, VIT_IN_MEMORY))),
        **layer("norm", "layernorm"),
    }


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    hub = {**DEFAULTS, **hub}
    return ViTConfig(**encoder(hub), **(reading.classes(hub) if "classifier.weight" in keys else {}))


def keys(config: ViTConfig) -> Keys:
    return {"prefix": rows("embeddings.cls_token"), **encoder_keys(), **layer("head", "classifier")}


FAMILY = Family(
    name="ViT",
    model_types=("vit",),
    config=config,
    keys=keys,
    ignored=IGNORED,
    roots=("vit.",),
    processor="ViT",
    reference=Reference(
        tower="ViTModel",
        heads={"classifier.weight": "ViTForImageClassification"},
        arguments=lambda layout: {"interpolate_pos_encoding": True},
        pooled=first_token,
    ),
)
