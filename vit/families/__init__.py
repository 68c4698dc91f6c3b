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
from vit.families.refused import REFUSED
from vit.families.towers import BY_TYPE


def _by_type() -> dict[str, Family]:
    """model_type → family, over all files of this folder."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    families = [value for module in modules for value in vars(module).values() if isinstance(value, Family)]
    return {model_type: family for family in families for model_type in family.model_types}


FAMILIES = _by_type()
__all__ = ["FAMILIES", "Family", "family_for"]


def family_for(hub: dict[str, Any], where: str) -> Family:
    """The family that a ``config.json`` names; CheckpointError for one that cannot be shown."""
    model_type = hub.get("model_type")
    tower = BY_TYPE.get(str(model_type))
    if tower is not None and (hub.get(tower.section) is not None or str(model_type) not in FAMILIES):
        part = hub.get(tower.section)
        if not isinstance(part, dict):
            raise CheckpointError(f"{where} is of type {model_type!r}, and its config.json has no {tower.section}.")
        inner = _known({"model_type": tower.default, **part}, f"{where}, {model_type!r}, in its {tower.section}")
        return tower.around(inner, hub)
    return _known(hub, where)


def _known(hub: dict[str, Any], where: str) -> Family:
    kind = str(timm_arguments.type_of(hub) or hub.get("model_type"))
    family = FAMILIES.get(kind)
    if family is None and "architecture" in hub:
        why = timm_arguments.REFUSED.get(kind.removeprefix(timm_arguments.TYPE), "is no Vision Transformer known here")
        raise CheckpointError(f"{where} is timm's {hub['architecture']!r}, which {why}: choose another model.")
    if family is None:
        model_type = hub.get("model_type")
        if model_type is None:
            raise CheckpointError(
                f"{where} has a config.json that names neither a model_type, as transformers writes it, nor an "
                "architecture, as timm does: add it, or name the file of weights alone."
            )
        why = REFUSED.get(str(model_type), "it is not known here")
        raise CheckpointError(
            f"{where} is of type {model_type!r}, which cannot be shown: {why}. Choose a plain Vision Transformer, such "
            "as a dinov2, a vit or a clip; README lists all of them under Models."
        )
    return family
