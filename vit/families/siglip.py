"""The picture half of SigLIP (Zhai et al. 2023, arXiv 2303.15343) and of SigLIP 2 at a fixed resolution
(Tschannen et al. 2025, arXiv 2502.14786): no CLS; a learned probe asks the patches (MAP head)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vit.families import reading
from vit.families.clip import IGNORED, encoder, encoder_keys, vision
from vit.families.family import Family, Reference
from vit.families.keys import Keys, Made, layer, vector
from vit.model.config import ViTConfig

DEFAULTS = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "hidden_act": "gelu_pytorch_tanh",
    "layer_norm_eps": 1e-6,
    "image_size": 224,
    "patch_size": 16,
    "num_channels": 3,
    "vision_use_head": True,
}


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    tower = vision(hub, DEFAULTS)
    classifier = "classifier.weight" in keys
    return ViTConfig(
        **encoder(tower),
        prefix=(),
        positioned_prefix=0,
        pooling="map" if tower["vision_use_head"] and not classifier else "mean",
        **(reading.classes(hub) if classifier else {}),
    )


def keys(config: ViTConfig) -> Keys:
    return {
        "patch_embedding.projection.bias": "embeddings.patch_embedding.bias",
        **encoder_keys(),
        **layer("head", "classifier"),
        "map_head.probe": vector("head.probe"),
        **_map_attention(config.width, "weight"),
        **_map_attention(config.width, "bias"),
        **layer("map_head.out", "head.attention.out_proj"),
        **layer("map_head.norm", "head.layernorm"),
        **layer("map_head.mlp.up", "head.mlp.fc1"),
        **layer("map_head.mlp.down", "head.mlp.fc2"),
    }


def _map_attention(width: int, part: str) -> Keys:
    """q, k and v of the MAP head stand on top of each other; the probe needs q alone, the tokens k and v."""
    fused = (f"head.attention.in_proj_{part}",)
    return {
        f"map_head.q.{part}": Made(fused, lambda rows: rows[:width].clone()),
        f"map_head.kv.{part}": Made(fused, lambda rows: rows[width:].clone()),
    }


FAMILY = Family(
    name="SigLIP",
    model_types=("siglip", "siglip_vision_model"),
    config=config,
    keys=keys,
    ignored={
        **IGNORED,
        "logit_bias": "the threshold between pictures and text; vit.reference.text_half reads it",
        "head.": "the MAP head, which this checkpoint's classifier does not read",
    },
    roots=("vision_model.",),
    processor="Siglip",
    reference=Reference(
        tower="SiglipVisionModel",
        heads={"classifier.weight": "SiglipForImageClassification"},
        arguments=lambda layout: {"interpolate_pos_encoding": True},
    ),
)
