"""A part of a resized picture, exactly as Pillow would resize the whole and cut the part out.

A strip of 5,000 × 20 pixels whose shorter side is brought to 518 becomes 67 million pixels, of which a model sees a
square. Here only that square is computed, in the same whole-number arithmetic: windowed sinc and its relatives with
weights of 22 bits, rows first, rounded to eight bits between the two passes (Pillow's src/libImaging/Resample.c).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from einops import einsum
from PIL import Image

from vit.pictures.upright import Box

_BITS = 22  # 32, less eight for the values, less two for what sharpening overshoots
_054, _046 = float(np.float32(0.54)), float(np.float32(0.46))  # single precision, as they stand in Pillow's source
_R = Image.Resampling


def _bilinear(x: float) -> float:
    return max(0.0, 1.0 - abs(x))


def _bicubic(x: float) -> float:
    """Keys' cubic with a = −0.5."""
    a, x = -0.5, abs(x)
    if x < 1.0:
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1
    return (((x - 5) * x + 8) * x - 4) * a if x < 2.0 else 0.0


def _sinc(x: float) -> float:
    return 1.0 if x == 0.0 else math.sin(x * math.pi) / (x * math.pi)


def _lanczos(x: float) -> float:
    return _sinc(x) * _sinc(x / 3) if -3.0 <= x < 3.0 else 0.0


def _hamming(x: float) -> float:
    return _sinc(x) * (_054 + _046 * math.cos(x * math.pi)) if abs(x) < 1.0 else 0.0


def _box(x: float) -> float:
    return 1.0 if -0.5 < x <= 0.5 else 0.0


_FILTERS: dict[int, tuple[Callable[[float], float], float]] = {  # the curve, and how far it reaches
    _R.LANCZOS: (_lanczos, 3.0),
    _R.BILINEAR: (_bilinear, 1.0),
    _R.BICUBIC: (_bicubic, 2.0),
    _R.BOX: (_box, 0.5),
    _R.HAMMING: (_hamming, 1.0),
}


def weights(old: int, new: int, first: int, count: int, resample: int) -> list[tuple[int, np.ndarray]]:
    """For the pixels ``first`` … of a line of ``new`` made of ``old``: the first old pixel, and the weight of each."""
    if old == new:
        return [(at, np.array([1 << _BITS])) for at in range(first, first + count)]
    if resample == _R.NEAREST:
        steps = np.full(first + count, old / new)  # added up one by one, as Pillow does: roundings add up too
        steps[0] /= 2
        return [(int(at), np.array([1 << _BITS])) for at in np.cumsum(steps)[first:]]
    curve, reach = _FILTERS[resample]
    scale = old / new
    wide = max(scale, 1.0)
    found = []
    for at in range(first, first + count):
        centre = (at + 0.5) * scale
        low = max(0, int(centre - reach * wide + 0.5))
        high = min(old, int(centre + reach * wide + 0.5))
        values = [curve((x - centre + 0.5) * (1.0 / wide)) for x in range(low, high)]
        total = sum(values)
        shares = [value * (1.0 / total) * (1 << _BITS) if total else 0.0 for value in values]
        found.append((low, np.array([int(share + (0.5 if share >= 0 else -0.5)) for share in shares], dtype=np.int64)))
    return found


def part(image: Image.Image, size: tuple[int, int], box: Box, resample: int) -> Image.Image:
    """``image`` resized to ``size`` (width, height), of that only the ``box`` inside it."""
    (width, height), (left, top, right, bottom) = size, box
    across = weights(image.width, width, left, right - left, resample)
    down = weights(image.height, height, top, bottom - top, resample)
    first, last = min(low for low, _ in down), max(low + len(w) for low, w in down)
    start, end = min(low for low, _ in across), max(low + len(w) for low, w in across)
    values = np.asarray(image.crop((start, first, end, last)), dtype=np.int64)  # (rows, columns) or (rows, columns, c)
    values = values.reshape(*values.shape[:2], -1)  # (rows, columns, c)
    passes = [
        ([(low - start, w) for low, w in across], "rows x c, x -> rows c", 1),
        ([(low - first, w) for low, w in down], "x columns c, x -> columns c", 0),
    ]
    for lines, pattern, axis in reversed(passes) if columns_first(image.size, size) else passes:
        values = _pass(values, lines, pattern, axis)
    return Image.fromarray(values.astype(np.uint8).squeeze(-1) if image.mode == "L" else values.astype(np.uint8))


def columns_first(old: tuple[int, int], new: tuple[int, int]) -> bool:
    """Whether Pillow changes the height before the width; both are (width, height).

    Since version 13 it does so where the height shrinks by more than twice as many pixels as the width. The order
    shows in the last digit, because values are rounded between.
    """
    shrinks = new[1] < old[1] and old[1] - new[1] > 2 * (old[0] - new[0])
    return shrinks and _knows_the_other_order()


@cache
def _knows_the_other_order() -> bool:
    """Whether this Pillow ever changes the height first: asked of it by a small picture."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 8), dtype=np.uint8))
    wide, low = (13, 40), (8, 9)
    first, second = (image.resize(step).resize((13, 9)) for step in (wide, low))
    return image.resize((13, 9)).tobytes() == second.tobytes() != first.tobytes()


def _pass(values: np.ndarray, lines: list[tuple[int, np.ndarray]], pattern: str, axis: int) -> np.ndarray:
    """Every new pixel along ``axis``: the weighted sum of its old ones, rounded to a whole number from 0 to 255."""
    sums = [einsum(values.take(range(low, low + len(w)), axis), w, pattern) for low, w in lines]
    found: np.ndarray = np.clip((np.stack(sums, axis) + (1 << (_BITS - 1))) >> _BITS, 0, 255)
    return found
