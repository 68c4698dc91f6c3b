"""The picture halves of BLIP (Li et al. 2022, arXiv 2201.12086), BLIP-2 (Li et al. 2023, arXiv 2301.12597) and
InstructBLIP (Dai et al. 2023, arXiv 2305.06500): q, k and v come from one matrix."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from vit.families import clip, reading
from vit.families.blocks import CLIP, block_keys
from vit.families.family import Family, Reference, first_token
from vit.families.keys import Keys, kernel, layer, rows
from vit.model.config import ViTConfig

DEFAULTS = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-5,
    "image_size": 384,
    "patch_size": 16,
    "num_channels": 3,
    "qkv_bias": True,
}
LARGE = {
    **DEFAULTS,
    "hidden_size": 1408,
    "num_hidden_layers": 39,
    "num_attention_heads": 16,
    "intermediate_size": 6144,
    "layer_norm_eps": 1e-6,
    "image_size": 224,
    "patch_size": 14,
}
BLOCK = replace(CLIP, qkv=("self_attn.qkv",), out="self_attn.projection")


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    return ViTConfig(**clip.encoder({**DEFAULTS, **hub}))


def large_config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    hub = {**LARGE, **hub}
    return ViTConfig(**clip.encoder(hub), qkv_bias=reading.flag(hub, "qkv_bias"))


def keys(config: ViTConfig) -> Keys:
    return {
        "prefix": rows("embeddings.class_embedding"),
        "position": rows("embeddings.position_embedding"),
        "patch_embedding.projection.weight": kernel("embeddings.patch_embedding.weight"),
        "patch_embedding.projection.bias": "embeddings.patch_embedding.bias",
        **block_keys(BLOCK),
        **layer("norm", "post_layernorm"),
    }


def _reference(tower: str) -> Reference:
    """transformers' pooler norms CLS, which the last norm has normed already, once more: no head of ours reads that."""
    return Reference(tower, arguments=lambda layout: {"interpolate_pos_encoding": True}, pooled=first_token)


FAMILY = Family(
    name="BLIP",
    model_types=("blip_vision_model",),
    config=config,
    keys=keys,
    processor="Blip",
    reference=_reference("BlipVisionModel"),
)
BLIP_2 = replace(
    FAMILY,
    name="BLIP-2",
    model_types=("blip_2_vision_model",),
    config=large_config,
    reference=_reference("Blip2VisionModel"),
)
INSTRUCTBLIP = replace(
    BLIP_2,
    name="InstructBLIP",
    model_types=("instructblip_vision_model", "instructblipvideo_vision_model"),
    reference=_reference("InstructBlipVisionModel"),
)
