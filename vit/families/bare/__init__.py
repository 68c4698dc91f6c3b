"""Naming schemes of files without a ``config.json``, one file a scheme; to add one, write its file and name it here."""

from vit.families.bare.dinov3_names import DINOV3
from vit.families.bare.openai_clip import OPENAI_CLIP
from vit.families.bare.scheme import Guess, Scheme, Shapes
from vit.families.bare.timm_names import DINOV2, MAE, TIMM_NAMES
from vit.families.bare.torchvision_names import TORCHVISION
from vit.families.bare.transformers_names import (
    TRANSFORMERS_CLIP,
    TRANSFORMERS_DINOV2,
    TRANSFORMERS_SIGLIP,
    TRANSFORMERS_VIT,
)

SCHEMES = (
    *(TIMM_NAMES, MAE, DINOV2, DINOV3, TORCHVISION, OPENAI_CLIP),
    *(TRANSFORMERS_VIT, TRANSFORMERS_DINOV2, TRANSFORMERS_CLIP, TRANSFORMERS_SIGLIP),
)
__all__ = ["SCHEMES", "Guess", "Scheme", "Shapes"]
