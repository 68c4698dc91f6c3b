"""What the families of timm share: the names of weights, the recipe for pictures, the library to compare with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from vit.families.family import Family, Reference
from vit.families.timm_arguments import TYPE
from vit.families.timm_keys import IGNORED, keys
from vit.families.timm_recipe import recipe
from vit.model.config import ViTConfig


def timm_family(built: str, config: Callable[[dict[str, Any], Collection[str]], ViTConfig]) -> Family:
    """The family of the architectures for which timm builds the class ``built``."""
    return Family(
        name=f"timm {built}",
        model_types=(TYPE + built,),
        config=config,
        keys=keys,
        ignored=IGNORED,
        roots=("timm_model.",),  # where transformers' TimmWrapper has saved it
        processor="Timm",
        recipe=recipe,
        reference=Reference(library="timm"),
    )
