"""One file a model family: how its ``config.json`` reads, and what its weights are called.

``FAMILIES`` is found by the ``model_type`` that stands in ``config.json``.
"""

from vit.families import dinov2
from vit.families.family import Family

FAMILIES: dict[str, Family] = {"dinov2": dinov2.FAMILY}

__all__ = ["FAMILIES", "Family"]
