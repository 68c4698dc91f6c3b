"""DeiT with distillation (Touvron et al. 2020, arXiv 2012.12877): a second token that learned from a teacher."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch

from vit.families import reading
from vit.families.family import Family, Reference, first_token
from vit.families.keys import Keys, Made, layer, rows
from vit.families.vit import DEFAULTS, IGNORED, encoder, encoder_keys
from vit.model.config import ViTConfig

TWO_HEADS = "cls_classifier.weight"


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    hub = {**DEFAULTS, **hub}
    return ViTConfig(
        **encoder(hub),
        prefix=("cls", "dist"),
        positioned_prefix=2,
        pooling="cls+dist" if TWO_HEADS in keys else "cls",
        **(reading.classes(hub) if TWO_HEADS in keys or "classifier.weight" in keys else {}),
    )


def keys(config: ViTConfig) -> Keys:
    return {
        "prefix": rows("embeddings.cls_token", "embeddings.distillation_token"),
        **encoder_keys(),
        **(_averaged_heads() if config.pooling == "cls+dist" else layer("head", "classifier")),
    }


def _averaged_heads() -> Keys:
    """The mean of two heads, one on CLS and one on the distillation token, is one head on both.

    (W₁ cls + b₁ + W₂ dist + b₂) / 2 = [W₁/2 | W₂/2] [cls ; dist] + (b₁ + b₂)/2
    """
    heads = ("cls_classifier", "distillation_classifier")
    return {
        "head.weight": Made(tuple(f"{head}.weight" for head in heads), lambda *w: torch.cat(w, dim=1) / 2),
        "head.bias": Made(tuple(f"{head}.bias" for head in heads), lambda cls, dist: (cls + dist) / 2),
    }


FAMILY = Family(
    name="DeiT",
    model_types=("deit",),
    config=config,
    keys=keys,
    ignored=IGNORED,
    roots=("deit.",),
    processor="DeiT",
    reference=Reference(
        tower="DeiTModel",
        heads={
            TWO_HEADS: "DeiTForImageClassificationWithTeacher",
            "classifier.weight": "DeiTForImageClassification",
        },
        arguments=lambda layout: {"interpolate_pos_encoding": True},
        pooled=first_token,
    ),
)
