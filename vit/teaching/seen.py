"""A picture as a model saw it, kept small and without loss: to be read again, mirrored or by another model."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from torch import Tensor

    from vit.model.vit import ViT


def keep(model: ViT, pixels: Tensor) -> bytes:
    """What ``model`` sees, (1, c, height, width), as a file: the numbers from 0 to 255 before they were normalised."""
    buffer = BytesIO()
    model.preprocessing.to_image(pixels).save(buffer, "WEBP", lossless=True, quality=20, method=1)
    return buffer.getvalue()


def look_again(model: ViT, kept: bytes) -> Tensor:
    """The pixels (1, c, height, width) that ``model`` sees of what was kept, all of it.

    They are those that were kept where it sees as many; else that square is made larger or smaller, and what another
    model would have seen beyond its edge is not there.
    """
    recipe = model.preprocessing
    return recipe.for_side(recipe.size)(Image.open(BytesIO(kept)).convert("RGB"))
