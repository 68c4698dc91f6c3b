"""The encoder of a masked autoencoder (He et al. 2021, arXiv 2111.06377), looking at the whole picture.

Its positions are a fixed sin-cos table that stands in the checkpoint like a learned one; hiding three
quarters of the patches belongs to pre-training and is not done here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch

from vit.families.family import Family, Reference, first_token
from vit.families.keys import Keys, rows
from vit.families.vit import DEFAULTS, encoder, encoder_keys
from vit.model.config import ViTConfig


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    return ViTConfig(**encoder({**DEFAULTS, **hub}))


def keys(config: ViTConfig) -> Keys:
    return {"prefix": rows("embeddings.cls_token"), **encoder_keys()}


FAMILY = Family(
    name="MAE",
    model_types=("vit_mae",),
    config=config,
    keys=keys,
    ignored={"decoder.": "paints the hidden patches in pre-training only"},
    roots=("vit.",),
    processor="ViT",
    reference=Reference(
        tower="ViTMAEModel",
        # No patch hidden, and rising noise: transformers sorts the patches by it.
        arguments=lambda layout: {
            "noise": torch.arange(layout.n_patches, dtype=torch.float32)[None],
            "interpolate_pos_encoding": True,
        },
        overrides={"mask_ratio": 0.0},
        pooled=first_token,
    ),
)
