"""Small pictures of a stage: a heat map laid over the picture, a vector as a block of cells."""

from __future__ import annotations

import numpy as np
from PIL import Image

from vit.figures.colour import viridis
from vit.figures.plain import cells, folded


def heat_over(image: Image.Image, values: np.ndarray, opacity: float = 0.6) -> Image.Image:
    """One value a patch (gh, gw) over the picture, coloured from 0 to the largest."""
    heat = Image.fromarray(viridis(values, 0.0, float(values.max()))).resize(image.size, Image.Resampling.NEAREST)
    return Image.blend(image.convert("RGB"), heat, opacity)


def vector_block(vector: np.ndarray, side: int = 224) -> Image.Image:
    """A vector (d,) as a block of cells, row by row, its lowest value dark and its highest bright."""
    return cells(viridis(folded(vector), float(vector.min()), float(vector.max())), side)
