"""One file a model family: how its ``config.json`` reads, and what its weights are called.

``FAMILIES`` is found by the ``model_type`` that stands in ``config.json``. To add a family, write its
file and give it a line here; ``tests/vit/families/test_families.py`` then wants a small random model of it.
"""

from __future__ import annotations

from typing import Any

from vit.checkpoints.files import CheckpointError
from vit.families import clip, deit, dinov2, dinov3, mae, own, siglip, vit
from vit.families.family import Family

FAMILIES: dict[str, Family] = {
    "vit": vit.FAMILY,
    "deit": deit.FAMILY,
    "vit_mae": mae.FAMILY,
    "dinov2": dinov2.FAMILY,
    "dinov2_with_registers": dinov2.WITH_REGISTERS,
    "dinov3_vit": dinov3.FAMILY,
    "clip": clip.FAMILY,
    "clip_vision_model": clip.FAMILY,
    "siglip": siglip.FAMILY,
    "siglip_vision_model": siglip.FAMILY,
    own.MODEL_TYPE: own.FAMILY,
}

__all__ = ["FAMILIES", "Family", "family_for"]


def family_for(hub: dict[str, Any], where: str) -> Family:
    """The family that a ``config.json`` names; CheckpointError for one that cannot be shown."""
    family = FAMILIES.get(str(hub.get("model_type")))
    if family is None:
        raise CheckpointError(
            f"{where} is of type {hub.get('model_type')!r}, which is no Vision Transformer that can be shown: "
            f"choose one of the types {', '.join(sorted(FAMILIES))}."
        )
    return family
