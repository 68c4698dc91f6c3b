"""The picture half of InternVL (Chen et al. 2023, arXiv 2312.14238): LayerScale, and no norm behind the last block."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from vit.families import reading, vit
from vit.families.blocks import VIT, VIT_IN_MEMORY
from vit.families.family import Family, Reference, no_pooling
from vit.families.keys import Keys, rows
from vit.model.config import ViTConfig

DEFAULTS = {
    **vit.DEFAULTS,
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
    "layer_norm_eps": 1e-6,
    "image_size": [448, 448],
    "patch_size": [14, 14],
    "attention_bias": False,
    "use_qk_norm": False,
    "norm_type": "layer_norm",
    "use_absolute_position_embeddings": True,
    "layer_scale_init_value": 0.1,
    "use_mean_pooling": True,
}


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    hub = {**DEFAULTS, **hub}
    if reading.flag(hub, "use_qk_norm"):
        raise ValueError("use_qk_norm: q and k are normed over all heads together, which cannot be shown")
    if hub["norm_type"] != "layer_norm":
        raise ValueError(f"norm_type is {hub['norm_type']!r}; known is layer_norm")
    return ViTConfig(
        **vit.encoder({**hub, "qkv_bias": hub["attention_bias"]}),
        position="learned" if reading.flag(hub, "use_absolute_position_embeddings") else "none",
        layer_scale=reading.number(hub, "layer_scale_init_value"),
        pooling="mean",
        last_norm="none" if reading.flag(hub, "use_mean_pooling") else "tokens",
    )


def keys(config: ViTConfig) -> Keys:
    names = replace(
        VIT,
        qkv=VIT_IN_MEMORY.qkv,
        out="attention.projection_layer",
        up=("mlp.fc1",),
        down="mlp.fc2",
        scales=("lambda_1", "lambda_2"),
    )
    return {"prefix": rows("embeddings.cls_token"), **vit.encoder_keys(names)}


FAMILY = Family(
    name="InternVL",
    model_types=("internvl_vision",),
    config=config,
    keys=keys,
    ignored={"embeddings.mask_token": vit.IGNORED["embeddings.mask_token"]},
    processor="GotOcr2",
    reference=Reference(tower="InternVLVisionModel", pooled=no_pooling),
)
