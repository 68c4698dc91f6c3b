"""The ViT inside ViTPose (Xu et al. 2022, arXiv 2204.12484): no CLS, whose position every patch gets besides its own.

Its convolution stands two pixels above and left of the picture, so every patch does.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from vit.families import reading, vit
from vit.families.blocks import VIT
from vit.families.family import Family, Reference, no_pooling
from vit.families.keys import Keys, Made
from vit.model.config import ViTConfig

DEFAULTS = {**vit.DEFAULTS, "image_size": [256, 192], "mlp_ratio": 4, "num_experts": 1}


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    hub = {**DEFAULTS, **hub}
    if (experts := reading.whole(hub, "num_experts")) != 1:
        raise ValueError(f"num_experts is {experts}: each picture goes through one of several MLPs, which is not shown")
    hub["intermediate_size"] = int(reading.whole(hub, "hidden_size") * reading.number(hub, "mlp_ratio"))
    return ViTConfig(**vit.encoder(hub), prefix=(), positioned_prefix=0, patch_shift=2, pooling="mean")


def keys(config: ViTConfig) -> Keys:
    return {
        **vit.encoder_keys(replace(VIT, up=("mlp.fc1",), down="mlp.fc2")),
        "position": Made(("embeddings.position_embeddings",), lambda table: table[0, 1:] + table[0, :1]),
    }


FAMILY = Family(
    name="ViTPose",
    model_types=("vitpose_backbone",),
    config=config,
    keys=keys,
    processor="VitPose",
    reference=Reference(tower="VitPoseBackbone", pooled=no_pooling, stretches=False),
)
