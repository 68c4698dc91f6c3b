"""The picture in use, wherever it came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from ui.server.unpacking import UNPACKING

if TYPE_CHECKING:
    from torch import Tensor

    from vit.pictures.preprocess import Preprocessing


@dataclass(frozen=True)
class Picture:
    """The picture in use. ``key`` names its content, and how it was read; ``image`` is what is shown of it, at most one
    megapixel; ``sample`` is its name in the gallery, if it is one; ``photographed``: whether a person brought it, so
    that a digit in it may be one on paper.

    ``file`` is where it came from, None for one that was drawn or made here; ``full_size`` its (width, height) there,
    where that is more than is shown; ``notes`` says what was done to its colours; ``plain``: whether it is read as
    transformers reads it (:class:`vit.pictures.decoded.Decoded`).
    """

    key: str
    name: str
    image: Image.Image
    sample: str | None = None
    photographed: bool = False
    file: bytes | Path | None = None
    full_size: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()
    plain: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Its (width, height) in pixels."""
        return self.full_size or self.image.size

    def pixels(self, recipe: Preprocessing) -> Tensor:
        """What a model with this recipe sees of it, of all its pixels: (1, c, height, width).

        Read as transformers reads it, a file is unpacked anew: what is done about transparency depends on the recipe.
        """
        if self.file is None or (self.size == self.image.size and not self.plain):
            return recipe(self.image)
        return UNPACKING.read(self.file, self.name, self.plain, recipe)
