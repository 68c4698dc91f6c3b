"""DINOv3 (Siméoni et al. 2025, arXiv 2508.10104): positions turn q and k instead of being added; registers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import torch

from vit.families import reading
from vit.families.blocks import Names
from vit.families.family import Family, Reference
from vit.families.keys import Keys, Made, either, kernel, layer, rows
from vit.model.config import ViTConfig

DEFAULTS = {
    "hidden_size": 384,
    "num_hidden_layers": 12,
    "num_attention_heads": 6,
    "intermediate_size": 1536,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-5,
    "image_size": 224,
    "patch_size": 16,
    "num_channels": 3,
    "rope_theta": 100.0,
    "query_bias": True,
    "key_bias": False,
    "value_bias": True,
    "layerscale_value": 1.0,
    "use_gated_mlp": False,
    "num_register_tokens": 0,
}


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    hub = {**DEFAULTS, **hub}
    biases = tuple(reading.flag(hub, f"{part}_bias") for part in ("query", "key", "value"))
    if biases not in ((True, False, True), (False, False, False)):
        raise ValueError("query and value should have a bias and key none, or none of the three")
    if hub["use_gated_mlp"] and hub["hidden_act"] != "silu":
        raise ValueError(f"a gated MLP with hidden_act {hub['hidden_act']!r} is not known, only with 'silu'")
    return ViTConfig(
        **reading.common(hub),
        mlp_width=reading.whole(hub, "intermediate_size"),
        activation="swiglu" if hub["use_gated_mlp"] else reading.activation(hub),
        layer_scale=reading.number(hub, "layerscale_value"),
        qkv_bias=all(biases[::2]),
        prefix=("cls", *(f"reg{i}" for i in range(reading.registers(hub)))),
        positioned_prefix=0,
        position="rotary",
        rope_theta=reading.number(hub, "rope_theta"),
    )


HUB = Names(
    block="layer.{i}",
    norms=("norm1", "norm2"),
    qkv=("attention.q_proj", "attention.k_proj", "attention.v_proj"),
    out="attention.o_proj",
    up=("mlp.up_proj",),
    down="mlp.down_proj",
    scales=("layer_scale1.lambda1", "layer_scale2.lambda1"),
)


def keys(config: ViTConfig) -> Keys:
    return {
        "prefix": rows("embeddings.cls_token", "embeddings.register_tokens"),
        "patch_embedding.projection.weight": kernel("embeddings.patch_embeddings.weight"),
        "patch_embedding.projection.bias": "embeddings.patch_embeddings.bias",
        **either(*(_block(config, block) for block in ("layer.{i}", "model.layer.{i}"))),  # the Hub's, and in memory
        **layer("norm", "norm"),
    }


def _block(config: ViTConfig, block: str) -> Keys:
    gate = ("mlp.gate_proj",) if config.activation == "swiglu" else ()
    return {
        **replace(HUB, block=block, up=(*gate, *HUB.up)).rows(),
        # A bias on k would add the same to all scores of a query, which softmax cancels: k has none.
        "blocks.{i}.attention.qkv.bias": Made(
            (f"{block}.attention.q_proj.bias", f"{block}.attention.v_proj.bias"),
            lambda q, v: torch.cat([q, torch.zeros_like(q), v]),
        ),
    }


FAMILY = Family(
    name="DINOv3",
    model_types=("dinov3_vit",),
    config=config,
    keys=keys,
    ignored={"embeddings.mask_token": "stands in for hidden patches in pre-training only"},
    processor="DINOv3ViT",
    reference=Reference(tower="DINOv3ViTModel", before=("model.",)),  # its own names in memory, read as the Hub's
)
