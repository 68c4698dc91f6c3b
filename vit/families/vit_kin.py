"""What is a ViT in all but its training: MSN (Assran et al. 2022, arXiv 2204.07141), I-JEPA (Assran et al. 2023, arXiv
2301.08243), the picture half of FLAVA (Singh et al. 2021, arXiv 2112.04482) and the ViT inside DPT (Ranftl et al.
2021, arXiv 2103.13413)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from vit.families import reading, vit
from vit.families.family import Reference, first_token, mean_token
from vit.families.keys import Keys, layer
from vit.model.config import ViTConfig


def _at_any_size(_: object) -> dict[str, Any]:
    return {"interpolate_pos_encoding": True}


def msn_config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    return vit.config({"layer_norm_eps": 1e-6, **hub}, keys)


MSN = replace(
    vit.FAMILY,
    name="ViT-MSN",
    model_types=("vit_msn",),
    config=msn_config,
    ignored={"embeddings.mask_token": vit.IGNORED["embeddings.mask_token"]},
    reference=Reference(
        tower="ViTMSNModel",
        heads={"classifier.weight": "ViTMSNForImageClassification"},
        arguments=_at_any_size,
        pooled=first_token,
    ),
)


def ijepa_config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    """No CLS: what is read is the mean of the patches."""
    hub = {**vit.DEFAULTS, **hub}
    head = reading.classes(hub) if "classifier.weight" in keys else {}
    return ViTConfig(**vit.encoder(hub), prefix=(), positioned_prefix=0, pooling="mean", **head)


def ijepa_keys(config: ViTConfig) -> Keys:
    return {**vit.encoder_keys(), **layer("head", "classifier")}


IJEPA = replace(
    MSN,
    name="I-JEPA",
    model_types=("ijepa",),
    config=ijepa_config,
    keys=ijepa_keys,
    roots=("ijepa.",),
    reference=Reference(
        tower="IJepaModel",
        heads={"classifier.weight": "IJepaForImageClassification"},
        arguments=_at_any_size,
        pooled=mean_token,
    ),
)
FLAVA = replace(
    vit.FAMILY,
    name="FLAVA",
    model_types=("flava_image_model",),
    ignored={key: vit.IGNORED[key] for key in ("pooler.", "embeddings.mask_token")},
    roots=(),
    processor="Flava",
    reference=Reference(tower="FlavaImageModel", arguments=_at_any_size, pooled=first_token),
)


def dpt_config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    if reading.flag({"is_hybrid": False, **hub}, "is_hybrid"):
        raise ValueError("is_hybrid: a convolutional network cuts this DPT's patches, which cannot be shown")
    found = vit.config({"image_size": 384, **hub}, ())
    return replace(found, position_resample="bilinear")


DPT = replace(
    FLAVA,
    name="DPT",
    model_types=("dpt",),
    config=dpt_config,
    ignored={
        "pooler.": vit.IGNORED["pooler."],
        "neck.": "puts patches of several depths together into maps; not part of the ViT",
        "head.": "paints depths or classes from these maps; not part of the ViT",
        "auxiliary_head.": "a second painter, for training only",
    },
    roots=("dpt.",),
    processor="DPT",
    reference=Reference(tower="DPTModel", pooled=first_token),
)
