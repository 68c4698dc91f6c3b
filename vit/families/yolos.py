"""YOLOS (Fang et al. 2021, arXiv 2106.00666): a ViT that finds objects with a hundred more tokens, one for each.

Its detection tokens stand behind the patches in the checkpoint and before them here, like every token that is no patch;
attention does not know an order, so only the numbering differs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from vit.families import reading, vit
from vit.families.family import Family, Reference, first_token
from vit.families.keys import Keys, Made, rows
from vit.model.config import ViTConfig
from vit.model.layout import TokenLayout
from vit.model.limits import MOST_PREFIX

DEFAULTS = {**vit.DEFAULTS, "image_size": [512, 864], "num_detection_tokens": 100, "use_mid_position_embeddings": True}


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    hub = {**DEFAULTS, **hub}
    if reading.flag(hub, "use_mid_position_embeddings"):
        raise ValueError("use_mid_position_embeddings: positions are added between its blocks too, which is not shown")
    if (count := reading.whole(hub, "num_detection_tokens")) >= MOST_PREFIX:
        raise ValueError(f"num_detection_tokens is {count}; fewer than {MOST_PREFIX} can be shown")
    return replace(vit.config(hub, ()), prefix=("cls", *(f"det{i}" for i in range(count))), positioned_prefix=1 + count)


def keys(config: ViTConfig) -> Keys:
    patches = config.grid[0] * config.grid[1]

    def detections_first(table: Tensor) -> Tensor:
        cls, middle, detections = table[0].split([1, patches, config.positioned_prefix - 1])
        return torch.cat([cls, detections, middle])  # (1 + detections + patches, d)

    return {
        **vit.encoder_keys(),
        "prefix": rows("embeddings.cls_token", "embeddings.detection_tokens"),
        "position": Made(("embeddings.position_embeddings",), detections_first),
    }


def order(layout: TokenLayout) -> list[int]:
    """The number of each of our tokens among transformers': CLS, detection tokens, patches."""
    return [0, *range(1 + layout.n_patches, layout.n_tokens), *range(1, 1 + layout.n_patches)]


FAMILY = Family(
    name="YOLOS",
    model_types=("yolos",),
    config=config,
    keys=keys,
    ignored={
        "pooler.": vit.IGNORED["pooler."],
        "class_labels_classifier.": "names what each detection token found; not part of the ViT",
        "bbox_predictor.": "draws a box around it; not part of the ViT",
    },
    roots=("vit.",),
    processor="Yolos",
    reference=Reference(tower="YolosModel", pooled=first_token, order=order),
)
