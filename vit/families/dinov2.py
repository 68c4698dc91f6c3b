"""DINOv2 (Oquab et al. 2023, arXiv 2304.07193): self-supervised, with LayerScale; and the same with
registers (Darcet et al. 2023, arXiv 2309.16588), which take the artifacts off the patches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from vit.families import reading
from vit.families.blocks import VIT, VIT_IN_MEMORY, block_keys
from vit.families.family import Family, Reference
from vit.families.keys import Keys, kernel, layer, rows
from vit.model.config import ViTConfig

DEFAULTS = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "mlp_ratio": 4,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-6,
    "image_size": 224,
    "patch_size": 14,
    "num_channels": 3,
    "qkv_bias": True,
    "layerscale_value": 1.0,
    "use_swiglu_ffn": False,
}
IGNORED = {"embeddings.mask_token": "stands in for hidden patches in pre-training only"}


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    return ViTConfig(**_encoder({**DEFAULTS, **hub}, keys))


def config_with_registers(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    hub = {**DEFAULTS, "patch_size": 16, "num_register_tokens": 4, **hub}
    return ViTConfig(
        **_encoder(hub, keys),
        prefix=("cls", *(f"reg{i}" for i in range(reading.registers(hub)))),
        position_resample="bicubic-antialias",
    )


def _encoder(hub: dict[str, Any], keys: Collection[str]) -> dict[str, Any]:
    mlp_width = int(reading.whole(hub, "hidden_size") * reading.number(hub, "mlp_ratio"))
    if reading.flag(
        hub, "use_swiglu_ffn"
    ):  # two thirds, as a gate doubles the first matrix; rounded up to a multiple of 8
        mlp_width = (int(mlp_width * 2 / 3) + 7) // 8 * 8  # rounded up to a multiple of 8
    head = {"pooling": "cls+mean", **reading.classes(hub)} if "classifier.weight" in keys else {}
    return {
        **reading.common(hub),
        "mlp_width": mlp_width,
        "activation": "swiglu" if hub["use_swiglu_ffn"] else reading.activation(hub),
        "layer_scale": reading.number(hub, "layerscale_value"),
        "qkv_bias": reading.flag(hub, "qkv_bias"),
        **head,
    }


HUB = replace(
    VIT,
    norms=("norm1", "norm2"),
    up=("mlp.fc1",),
    down="mlp.fc2",
    scales=("layer_scale1.lambda1", "layer_scale2.lambda1"),
)
HUB_SWIGLU = replace(HUB, up=("mlp.weights_in",), down="mlp.weights_out")
IN_MEMORY = replace(HUB, qkv=VIT_IN_MEMORY.qkv, out=VIT_IN_MEMORY.out)
IN_MEMORY_SWIGLU = replace(IN_MEMORY, up=("mlp.gate_proj", "mlp.up_proj"), down="mlp.down_proj")


def keys(config: ViTConfig) -> Keys:
    names = (HUB_SWIGLU, IN_MEMORY_SWIGLU) if config.activation == "swiglu" else (HUB, IN_MEMORY)
    tokens = ("embeddings.cls_token", "embeddings.register_tokens")
    return {
        "prefix": rows(*tokens[: min(2, len(config.prefix))]),
        "position": rows("embeddings.position_embeddings"),
        "patch_embedding.projection.weight": kernel("embeddings.patch_embeddings.projection.weight"),
        "patch_embedding.projection.bias": "embeddings.patch_embeddings.projection.bias",
        **block_keys(*names),
        **layer("norm", "layernorm"),
        **layer("head", "classifier"),
    }


FAMILY = Family(
    name="DINOv2",
    model_types=("dinov2",),
    config=config,
    keys=keys,
    ignored=IGNORED,
    roots=("dinov2.",),
    processor="Bit",
    reference=Reference(tower="Dinov2Model", heads={"classifier.weight": "Dinov2ForImageClassification"}),
)
WITH_REGISTERS = Family(
    name="DINOv2 with registers",
    model_types=("dinov2_with_registers",),
    config=config_with_registers,
    keys=keys,
    ignored=IGNORED,
    roots=("dinov2_with_registers.",),
    processor="Bit",
    reference=Reference(
        tower="Dinov2WithRegistersModel",
        heads={"classifier.weight": "Dinov2WithRegistersForImageClassification"},
    ),
)
