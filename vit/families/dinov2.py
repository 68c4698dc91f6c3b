"""DINOv2 (Oquab et al. 2023, arXiv 2304.07193): self-supervised, LayerScale, no classifier."""

from __future__ import annotations

from typing import Any

from vit.config import ViTConfig
from vit.families.family import Family


def config(hub: dict[str, Any]) -> ViTConfig:
    width, ratio = hub["hidden_size"], hub.get("mlp_ratio", 4)
    return ViTConfig(
        image_size=(hub["image_size"], hub["image_size"]),
        patch_size=hub["patch_size"],
        channels=hub.get("num_channels", 3),
        width=width,
        depth=hub["num_hidden_layers"],
        heads=hub["num_attention_heads"],
        mlp_width=int(width * ratio),
        norm_eps=hub.get("layer_norm_eps", 1e-6),
        layer_scale=hub.get("layerscale_value", 1.0),
        qkv_bias=hub.get("qkv_bias", True),
    )


_ATTENTION = "encoder.layer.{i}.attention"
FAMILY = Family(
    name="DINOv2",
    config=config,
    keys={
        "prefix": "embeddings.cls_token",
        "position": "embeddings.position_embeddings",
        "patch_embedding.projection.weight": "embeddings.patch_embeddings.projection.weight",
        "patch_embedding.projection.bias": "embeddings.patch_embeddings.projection.bias",
        "blocks.{i}.norm1.weight": "encoder.layer.{i}.norm1.weight",
        "blocks.{i}.norm1.bias": "encoder.layer.{i}.norm1.bias",
        "blocks.{i}.attention.qkv.weight": tuple(
            f"{_ATTENTION}.attention.{part}.weight" for part in ("query", "key", "value")
        ),
        "blocks.{i}.attention.qkv.bias": tuple(
            f"{_ATTENTION}.attention.{part}.bias" for part in ("query", "key", "value")
        ),
        "blocks.{i}.attention.out.weight": f"{_ATTENTION}.output.dense.weight",
        "blocks.{i}.attention.out.bias": f"{_ATTENTION}.output.dense.bias",
        "blocks.{i}.scale1.gamma": "encoder.layer.{i}.layer_scale1.lambda1",
        "blocks.{i}.norm2.weight": "encoder.layer.{i}.norm2.weight",
        "blocks.{i}.norm2.bias": "encoder.layer.{i}.norm2.bias",
        "blocks.{i}.mlp.up.weight": "encoder.layer.{i}.mlp.fc1.weight",
        "blocks.{i}.mlp.up.bias": "encoder.layer.{i}.mlp.fc1.bias",
        "blocks.{i}.mlp.down.weight": "encoder.layer.{i}.mlp.fc2.weight",
        "blocks.{i}.mlp.down.bias": "encoder.layer.{i}.mlp.fc2.bias",
        "blocks.{i}.scale2.gamma": "encoder.layer.{i}.layer_scale2.lambda1",
        "norm.weight": "layernorm.weight",
        "norm.bias": "layernorm.bias",
    },
    ignored={"embeddings.mask_token": "stands in for hidden patches in pre-training only"},
    roots=("", "dinov2."),
)
