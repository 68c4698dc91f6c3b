"""The picture half of CLIP (Radford et al. 2021, arXiv 2103.00020): normed before the blocks, no patch bias."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vit.families import reading
from vit.families.blocks import CLIP, Names, block_keys
from vit.families.family import Family, Reference
from vit.families.keys import Keys, kernel, layer, rows
from vit.model.config import ViTConfig

DEFAULTS = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "hidden_act": "quick_gelu",
    "layer_norm_eps": 1e-5,
    "image_size": 224,
    "patch_size": 32,
    "num_channels": 3,
}
IGNORED = {
    "text_model.": "the half that reads text; vit.reference.text_half runs it through transformers",
    "logit_scale": "the temperature between pictures and text; vit.reference.text_half reads it",
    "embeddings.position_ids": "the numbers 0, 1, 2 …, nothing learned",
}


def vision(hub: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """The picture half's part of a ``config.json``, with the family's defaults where it is silent.

    In CLIP's older files ``vision_config_dict`` stands beside ``vision_config`` and wins whole,
    defaults included, as in transformers.
    """
    part = hub.get("vision_config_dict")
    part = hub.get("vision_config", hub) if part is None else part
    if not isinstance(part, dict):
        raise ValueError(f"vision_config is {part!r}, not an object")
    return {**defaults, **part}


def encoder(vision: dict[str, Any]) -> dict[str, Any]:
    """What CLIP and SigLIP call by the same names, as arguments of ``ViTConfig``."""
    return {
        **reading.common(vision),
        "mlp_width": reading.whole(vision, "intermediate_size"),
        "activation": reading.activation(vision),
    }


def encoder_keys(*names: Names) -> Keys:
    """The keys CLIP and SigLIP share, and by other names with more."""
    return {
        "position": rows("embeddings.position_embedding.weight"),
        "patch_embedding.projection.weight": kernel("embeddings.patch_embedding.weight"),
        **block_keys(*(names or (CLIP,))),
        **layer("norm", "post_layernorm"),
    }


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    head: dict[str, Any] = {}
    if "classifier.weight" in keys:  # which transformers lets read the patches before the last norm
        head = {"pooling": "mean", "last_norm": "none", **reading.classes(hub)}
    return ViTConfig(**encoder(vision(hub, DEFAULTS)), patch_bias=False, norm_before_blocks=True, **head)


def keys(config: ViTConfig) -> Keys:
    return {
        "prefix": rows("embeddings.class_embedding"),
        **layer("norm_before", "pre_layrnorm"),  # spelt so in every checkpoint
        **encoder_keys(),
        **layer("head", "classifier"),
    }


FAMILY = Family(
    name="CLIP",
    model_types=("clip", "clip_vision_model"),
    config=config,
    keys=keys,
    ignored={
        **IGNORED,
        "visual_projection.": "leads into the space shared with text; vit.reference.text_half reads it",
        "text_projection.": "leads into the space shared with pictures; vit.reference.text_half runs it",
        "post_layernorm.": "the last norm, which this checkpoint's classifier does not read",
    },
    roots=("vision_model.",),
    processor="CLIP",
    reference=Reference(
        tower="CLIPVisionModel",
        heads={"classifier.weight": "CLIPForImageClassification"},
        arguments=lambda layout: {"interpolate_pos_encoding": True},
    ),
)
