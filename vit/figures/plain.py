"""Pictures made of arrays, pixel for pixel: cells enlarged without smoothing, tiles with gaps between."""

from __future__ import annotations

import numpy as np
from einops import rearrange, repeat
from PIL import Image


def cells(rgb: np.ndarray, side: int) -> Image.Image:
    """One colour a cell (rows, columns, 3) as a picture whose longer side is about ``side`` pixels."""
    scale = max(1, side // max(rgb.shape[:2]))
    return Image.fromarray(repeat(rgb, "rows columns c -> (rows s1) (columns s2) c", s1=scale, s2=scale))


def tiles(rgb: np.ndarray, gap: int) -> Image.Image:
    """Tiles (rows, columns, height, width, 3) side by side, ``gap`` transparent pixels between them."""
    alpha = np.full((*rgb.shape[:-1], 1), 255, dtype=np.uint8)
    padded = np.pad(np.concatenate([rgb, alpha], axis=-1), ((0, 0), (0, 0), (0, gap), (0, gap), (0, 0)))
    sheet = rearrange(padded, "rows columns height width c -> (rows height) (columns width) c")
    return Image.fromarray(sheet[: len(sheet) - gap, : sheet.shape[1] - gap])


def around_zero(values: np.ndarray) -> np.ndarray:
    """Signed pictures (…, height, width, c) → RGB bytes: 0 is mid grey, each picture's largest value full.

    Each picture is stretched on its own, all its channels alike. One channel is shown as grey.
    """
    largest = np.abs(values).max(axis=(-3, -2, -1), keepdims=True)
    part = np.divide(values, largest, out=np.zeros_like(values), where=largest > 0)  # −1 … 1
    rgb = np.round((part + 1) / 2 * 255).astype(np.uint8)
    return rgb if rgb.shape[-1] == 3 else repeat(rgb[..., 0], "... -> ... c", c=3)


def folded(vector: np.ndarray) -> np.ndarray:
    """A vector (d,) as rows of cells, as nearly square as its length allows: (rows, columns), row by row."""
    rows = next(rows for rows in range(int(len(vector) ** 0.5), 0, -1) if len(vector) % rows == 0)
    return rearrange(vector, "(rows columns) -> rows columns", rows=rows)
