"""How far pictures may be changed while a model learns from them; :mod:`vit.data.augment` does it. No torch."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Augment:
    """How far a picture may be changed; the amount is uniform between minus and plus this, 0 leaves it alone.

    ``shift``: share of the side. ``rotate``, ``shear``: degrees. ``scale``: share of the size.
    ``stroke``: how much of a pixel a bright stroke may grow or shrink at each edge (0 … 1).
    ``flip``: mirror half of the pictures left to right (wrong for digits and letters).
    ``crop``: how much of a picture's area may be cut away; what is left, at a place drawn by chance, fills the picture.
    ``colour``: by what share brightness, contrast and saturation may change, each by itself.
    ``sharpness``: 1 goes from blurred (each pixel the mean of its neighbourhood) to as much sharper.
    ``mixup``: the largest share that another picture gets in a blend (Zhang et al. 2017, arXiv 1710.09412); half of
    the pictures stay unblended.
    """

    shift: float = field(default=0.0, metadata={"within": (0, 1)})
    rotate: float = field(default=0.0, metadata={"within": (0, 180)})
    scale: float = field(default=0.0, metadata={"within": (0, 0.9)})
    shear: float = field(default=0.0, metadata={"within": (0, 60)})
    stroke: float = field(default=0.0, metadata={"within": (0, 1)})
    flip: bool = False
    crop: float = field(default=0.0, metadata={"within": (0, 0.99)})
    colour: float = field(default=0.0, metadata={"within": (0, 1)})
    sharpness: float = field(default=0.0, metadata={"within": (0, 4)})
    mixup: float = field(default=0.0, metadata={"within": (0, 0.5)})

    @property
    def moves(self) -> bool:
        """Whether pixels change their place."""
        return bool(self.shift or self.rotate or self.scale or self.shear or self.flip or self.crop)
