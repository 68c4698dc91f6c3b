"""Picture halves built as CLIP's: CLIPSeg (Lüddecke & Ecker 2021, arXiv 2112.10003), AltCLIP (Chen et al. 2022, arXiv
2211.06679), Chinese CLIP (Yang et al. 2022, arXiv 2211.01335), MetaCLIP 2 (Chuang et al. 2025, arXiv 2507.22062),
OWL-ViT (Minderer et al. 2022, arXiv 2205.06230), OWLv2 (Minderer et al. 2023, arXiv 2306.09683) and GIT (Wang et al.
2022, arXiv 2205.14100)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any

from vit.families import clip
from vit.families.blocks import CLIP, block_keys
from vit.families.family import Family, Reference, first_token
from vit.families.keys import Keys, layer, rows
from vit.model.config import ViTConfig


def _like_clip(
    name: str,
    model_type: str,
    tower: str,
    defaults: dict[str, Any] | None = None,
    keys: Callable[[ViTConfig], Keys] = clip.keys,
    processor: str = "CLIP",
    **reference: Any,
) -> Family:
    """A family whose picture half is CLIP's but for its defaults, a key or two, and its class in transformers."""

    def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
        return clip.config({**(defaults or {}), **hub}, keys)

    return Family(
        name=name,
        model_types=(model_type,),
        config=config,
        keys=keys,
        ignored={
            "embeddings.position_ids": clip.IGNORED["embeddings.position_ids"],
            "visual_projection.": "leads into the space shared with text; not part of the ViT",
        },
        roots=("vision_model.",),
        processor=processor,
        reference=Reference(tower, arguments=lambda layout: {"interpolate_pos_encoding": True}, **reference),
    )


def owl_keys(config: ViTConfig) -> Keys:
    return {
        "prefix": rows("embeddings.class_embedding"),
        **layer("norm_before", "pre_layernorm"),  # spelt right here
        **clip.encoder_keys(),
    }


def alt_keys(config: ViTConfig) -> Keys:
    """transformers 5 writes a whole AltCLIP with the text half's name for a block in the picture half too."""
    return {**clip.keys(config), **block_keys(CLIP, replace(CLIP, block="encoder.layer.{i}"))}


CLIPSEG = _like_clip("CLIPSeg", "clipseg_vision_model", "CLIPSegVisionModel", processor="ViT")
ALTCLIP = _like_clip(
    "AltCLIP",
    "altclip_vision_model",
    "AltCLIPVisionModel",
    keys=alt_keys,
    renamed={r"encoder\.layer\.": "encoder.layers."},
)
CHINESE_CLIP = _like_clip(
    "Chinese CLIP", "chinese_clip_vision_model", "ChineseCLIPVisionModel", processor="ChineseCLIP"
)
METACLIP_2 = replace(
    clip.FAMILY,
    name="MetaCLIP 2",
    model_types=("metaclip_2", "metaclip_2_vision_model"),
    reference=Reference(
        tower="MetaClip2VisionModel",
        heads={"classifier.weight": "MetaClip2ForImageClassification"},
        arguments=lambda layout: {"interpolate_pos_encoding": True},
    ),
)
_owl = partial(_like_clip, keys=owl_keys)
OWL_VIT = _owl("OWL-ViT", "owlvit_vision_model", "OwlViTVisionModel", {"image_size": 768}, processor="OwlViT")
OWLV2 = _owl("OWLv2", "owlv2_vision_model", "Owlv2VisionModel", {"image_size": 768, "patch_size": 16})
GIT = _like_clip("GIT", "git_vision_model", "GitVisionModel", {"patch_size": 16}, pooled=first_token)
