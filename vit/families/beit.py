"""BEiT (Bao et al. 2021, arXiv 2106.08254) and Data2Vec-Vision (Baevski et al. 2022, arXiv 2202.03555): each head adds
to its scores what it learned for how far apart two patches are; k has no bias."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import torch

from vit.families import reading, vit
from vit.families.blocks import VIT, VIT_IN_MEMORY, Names
from vit.families.family import Family, Reference, no_pooling
from vit.families.keys import Keys, Made, OneOf, either, layer, rows
from vit.model.config import ViTConfig

DEFAULTS = {
    **vit.DEFAULTS,
    "use_absolute_position_embeddings": False,
    "use_relative_position_bias": False,
    "use_shared_relative_position_bias": False,
    "layer_scale_init_value": 0.1,
    "use_mean_pooling": True,
}
TABLE = "relative_position_bias.relative_position_bias_table"
HUB = replace(VIT, scales=("lambda_1", "lambda_2"))
IN_MEMORY = replace(VIT_IN_MEMORY, scales=HUB.scales)
IGNORED = {
    "embeddings.mask_token": vit.IGNORED["embeddings.mask_token"],
    "lm_head.": "guesses hidden patches in pre-training only",
    "layernorm.": "norms what guesses hidden patches, in pre-training only",
    "encoder.layer.{i}.attention.attention.relative_position_bias.relative_position_index": "counted, not learned",
    "encoder.relative_position_bias.relative_position_index": "counted, not learned",
    **dict.fromkeys(
        ("decode_head.", "auxiliary_head.", "fpn.", "fpn1.", "fpn2."),
        "paints segments from patches; not part of the ViT",
    ),
}


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    hub = {**DEFAULTS, **hub}
    mean, scale = reading.flag(hub, "use_mean_pooling"), reading.number(hub, "layer_scale_init_value")
    positions = ["learned"] if reading.flag(hub, "use_absolute_position_embeddings") else []
    if any(reading.flag(hub, f"use_{whose}relative_position_bias") for whose in ("", "shared_")):
        positions.append("relative")
    late = "pooled" if "pooler.layernorm.weight" in keys else "none"
    return ViTConfig(
        **vit.encoder(hub),
        position="+".join(positions) or "none",  # type: ignore[arg-type]
        layer_scale=scale or None,
        pooling="mean" if mean else "cls",
        last_norm=late if mean else "tokens",  # type: ignore[arg-type]
        **(reading.classes(hub) if "classifier.weight" in keys else {}),
    )


def keys(config: ViTConfig) -> Keys:
    return {
        **vit.encoder_keys(),
        "prefix": rows("embeddings.cls_token"),
        **either(_block(HUB), _block(IN_MEMORY)),
        "blocks.{i}.attention.relative": _relative_ways(),
        **layer("pooled_norm", "pooler.layernorm"),
        **layer("head", "classifier"),
    }


def _block(names: Names) -> Keys:
    q, _, v = (f"{names.block}.{name}.bias" for name in names.qkv)
    return {
        **names.rows(),
        "blocks.{i}.attention.qkv.bias": Made((q, v), lambda q, v: torch.cat([q, torch.zeros_like(q), v])),
    }


def _relative_ways() -> OneOf:
    """The table of a block's heads: the sum of its own and that of all blocks, or the one that there is."""
    own = (f"encoder.layer.{{i}}.attention.attention.{TABLE}", f"layers.{{i}}.{TABLE}")
    shared = (f"encoder.{TABLE}", "shared_position_bias.relative_position_bias_table")
    both = [Made(pair, lambda own, shared: own + shared) for pair in zip(own, shared, strict=True)]
    return OneOf((*both, *(Made((name,), lambda table: table) for name in (*own, *shared))))


FAMILY = Family(
    name="BEiT",
    model_types=("beit",),
    config=config,
    keys=keys,
    ignored=IGNORED,
    roots=("beit.",),
    processor="Beit",
    reference=Reference(
        tower="BeitModel",
        heads={"classifier.weight": "BeitForImageClassification", "lm_head.weight": "BeitForMaskedImageModeling"},
        stretches=False,
    ),
)
DATA2VEC = replace(
    FAMILY,
    name="Data2Vec-Vision",
    model_types=("data2vec-vision",),
    roots=("data2vec_vision.",),
    reference=Reference(
        tower="Data2VecVisionModel",
        heads={"classifier.weight": "Data2VecVisionForImageClassification"},
        pooled=no_pooling,
        stretches=False,
    ),
)
