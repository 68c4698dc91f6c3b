"""Our own format, in which training saves: ``config.json`` holds a ``ViTConfig`` field by field."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, fields
from typing import Any

from vit.families.family import Family
from vit.families.keys import Keys, Made, OneOf, layer
from vit.model.config import ViTConfig

MODEL_TYPE = "vit_explainer"
_LAYERS = (
    "patch_embedding.projection",
    "patch_embedding.norm",
    "norm_before",
    *(f"blocks.{{i}}.{part}" for part in ("norm1", "scale1", "norm2", "scale2", "mlp.up", "mlp.norm", "mlp.down")),
    *(f"blocks.{{i}}.attention.{part}" for part in ("qkv", "q_norm", "k_norm", "norm", "out")),
    "norm",
    "pooled_norm",
    *(f"map_head.{part}" for part in ("q", "kv", "out", "norm", "mlp.up", "mlp.down")),
    "head",
)
_TENSORS = (
    "prefix",
    "position",
    *(f"blocks.{{i}}.{part}" for part in ("scale1.gamma", "scale2.gamma", "attention.relative", "attention.frequency")),
    "map_head.probe",
)


def to_json(config: ViTConfig) -> dict[str, Any]:
    """A config as it stands in ``config.json``."""
    return {"model_type": MODEL_TYPE, **asdict(config)}


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    hub = {key: value for key, value in hub.items() if key != "model_type"}
    if unknown := sorted(set(hub) - {field.name for field in fields(ViTConfig)}):
        raise ValueError(f"unknown: {', '.join(unknown)}")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in hub.items()}
    return ViTConfig(**values)


def keys(config: ViTConfig) -> Keys:
    """Every name is its own."""
    same: dict[str, str | Made | OneOf] = {name: name for name in _TENSORS}
    for name in _LAYERS:
        same.update(layer(name, name))
    return same


FAMILY = Family(name="ViT Explainer", model_types=(MODEL_TYPE,), config=config, keys=keys)
