"""One file a model family: how its ``config.json`` reads, and what its weights are called.

Every :class:`Family` in a file of this folder is found by itself, under the ``model_type`` that stands in its
``config.json``: to add one, write its file. README's "To add a model family" walks through an example.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from vit.checkpoints.files import CheckpointError
from vit.families import timm_arguments
from vit.families.family import Family


def _by_type() -> dict[str, Family]:
    """model_type → family, over all files of this folder."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    families = [value for module in modules for value in vars(module).values() if isinstance(value, Family)]
    return {model_type: family for family in families for model_type in family.model_types}


FAMILIES = _by_type()
__all__ = ["FAMILIES", "Family", "family_for"]


def family_for(hub: dict[str, Any], where: str) -> Family:
    """The family that a ``config.json`` names; CheckpointError for one that cannot be shown."""
    kind = str(timm_arguments.type_of(hub) or hub.get("model_type"))
    family = FAMILIES.get(kind)
    if family is None and "architecture" in hub:
        why = timm_arguments.REFUSED.get(kind.removeprefix(timm_arguments.TYPE), "is no Vision Transformer known here")
        raise CheckpointError(f"{where} is timm's {hub['architecture']!r}, which {why}: choose another model.")
    if family is None:
        raise CheckpointError(
            f"{where} is of type {hub.get('model_type')!r}, which is no Vision Transformer that can be shown: "
            f"choose one of the types {', '.join(sorted(FAMILIES))}."
        )
    return family
