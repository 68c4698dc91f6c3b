"""The picture half of AIMv2 (Fini et al. 2024, arXiv 2411.14402): RMSNorm, gated MLPs, no biases, no CLS; a learned
query asks the patches."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vit.families import reading
from vit.families.blocks import Names, block_keys
from vit.families.family import Family, Reference
from vit.families.keys import Keys, kernel, layer, rows, stacked, vector
from vit.model.config import ViTConfig

DEFAULTS = {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 8,
    "intermediate_size": 2816,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-5,
    "image_size": 224,
    "patch_size": 14,
    "num_channels": 3,
    "qkv_bias": False,
    "mlp_bias": False,
    "use_head": True,
    "is_native": False,
}
BLOCK = Names(
    block="encoder.layers.{i}",
    norms=("rms_norm1", "rms_norm2"),
    qkv=("attention.q_proj", "attention.k_proj", "attention.v_proj"),
    out="attention.out_proj",
    up=("ffn.gate_proj", "ffn.up_proj"),
    down="ffn.down_proj",
)


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    hub = {**DEFAULTS, **hub}
    if hub["hidden_act"] != "silu":
        raise ValueError(f"hidden_act is {hub['hidden_act']!r}; a gated MLP is known with silu")
    bias = reading.flag(hub, "qkv_bias")
    if bias != reading.flag(hub, "mlp_bias"):
        raise ValueError("qkv_bias and mlp_bias should be the same")
    return ViTConfig(
        **reading.common({**hub, "layer_norm_eps": hub["rms_norm_eps"]}),
        mlp_width=reading.whole(hub, "intermediate_size"),
        activation="swiglu",
        qkv_bias=bias,
        linear_bias=bias,
        norm="rms",
        patch_norm=True,
        prefix=(),
        positioned_prefix=0,
        position="sincos2d" if reading.flag(hub, "is_native") else "learned",
        pooling="map" if reading.flag(hub, "use_head") else "mean",
        map_plain=True,
    )


def keys(config: ViTConfig) -> Keys:
    return {
        "position": rows("embeddings.position_embedding.weight"),
        "patch_embedding.projection.weight": kernel("embeddings.patch_embed.weight"),
        "patch_embedding.projection.bias": "embeddings.patch_embed.bias",
        "patch_embedding.norm.weight": "embeddings.rms_norm.weight",
        **block_keys(BLOCK),
        "norm.weight": "rms_norm.weight",
        "map_head.probe": vector("head.cls_token"),
        **stacked("map_head.kv", "head.k_proj", "head.v_proj"),
        **layer("map_head.out", "head.output_proj"),
    }


FAMILY = Family(
    name="AIMv2",
    model_types=("aimv2_vision_model",),
    config=config,
    keys=keys,
    ignored={"embeddings.position_ids": "the numbers 0, 1, 2 …, nothing learned"},
    processor="CLIP",
    reference=Reference(tower="Aimv2VisionModel", stretches=False),
)
