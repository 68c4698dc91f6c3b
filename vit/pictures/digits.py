"""A drawn digit → a picture like MNIST's: fitted into a 20 × 20 box, its centre of mass in the middle of 28 × 28.

How MNIST's digits were made (LeCun et al. 1998, "Gradient-based learning applied to document recognition",
section III-A). A model trained on them expects it.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

SIDE, BOX = 28, 20


def like_mnist(ink: Image.Image) -> Image.Image | None:
    """White ink on black, any size → 28 × 28 grey; None where nothing was drawn."""
    ink = ink.convert("L")
    bounds = ink.point(lambda value: 255 * (value > 24)).getbbox()
    if bounds is None:
        return None
    ink = ink.crop(bounds)
    scale = BOX / max(ink.size)
    size = max(1, round(ink.width * scale)), max(1, round(ink.height * scale))
    small = np.asarray(ink.resize(size, Image.Resampling.BOX), dtype=np.float64)
    rows, columns = np.indices(small.shape)
    mass = small.sum()
    centre = (rows * small).sum() / mass, (columns * small).sum() / mass
    top, left = (
        int(np.clip(round(SIDE / 2 - middle), 0, SIDE - side)) for middle, side in zip(centre, small.shape, strict=True)
    )
    digit = np.zeros((SIDE, SIDE))
    digit[top : top + small.shape[0], left : left + small.shape[1]] = small
    return Image.fromarray(digit.round().astype(np.uint8))
