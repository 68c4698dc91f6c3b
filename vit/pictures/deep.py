"""Grey pictures of more than eight bits: 16 or 32 bits, or floating point, brought to eight.

Pillow's own conversion would clip nearly all of their values to white.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from vit.pictures.tiff_tags import BITS, FORMAT, LARGEST, PHOTOMETRIC, tag

_WHITE_IS_ZERO, _WHOLE, _SIGNED = 0, 1, 2  # values of tags
_FULL = tuple(2**bits - 1 for bits in (8, 10, 12, 14, 16))  # white of the depths that cameras and scanners have


@dataclass(frozen=True)
class Scale:
    """Which value becomes black and which white. ``clear``: the value that means transparent, None without one.
    ``stored``: numpy's name of what the file's values are, where Pillow takes them for something else."""

    black: float
    white: float
    note: str = ""
    clear: float | None = None
    stored: str = ""

    def to_grey(self, strip: Image.Image) -> Image.Image:
        """A strip of deep grey → eight bits. NaN and infinities become black, what is transparent white."""
        return Image.fromarray(self.levels(_values(strip, self.stored)))  # (rows, width)

    def levels(self, values: np.ndarray) -> np.ndarray:
        """Deep values of any shape → 0 to 255."""
        if values.dtype == np.uint16:  # a table of all values is quicker than millions of divisions
            found: np.ndarray = self._levels(np.arange(2**16))[values]
            return found
        return self._levels(values)

    def _levels(self, values: np.ndarray) -> np.ndarray:
        values = values.astype(np.float64)
        grey = values - self.black
        grey /= self.white - self.black
        grey *= 255
        np.nan_to_num(grey, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        grey.round(out=grey).clip(0, 255, out=grey)
        if self.clear is not None:
            grey = np.where(values == self.clear, 255, grey)
        levels: np.ndarray = grey.astype(np.uint8)
        return levels


def is_deep(image: Image.Image) -> bool:
    """Whether it is grey of more than eight bits, or of values below 0."""
    return image.mode.startswith("I") or image.mode == "F" or bool(_stored(image))


def scale_of(image: Image.Image, strips: Iterable[Image.Image]) -> Scale | None:
    """How the deep picture in ``strips`` is scaled; None where it holds no finite value.

    What the file says comes first: a TIFF's bits a value (12, say) or its largest value. Else 16 bits are taken for
    as many as the largest value needs, of the usual depths, since cameras and microscopes store 10, 12 or 14 bits
    in 16. 32 bits and floats have no usual white: their own lowest and highest finite values become black and white.
    """
    stored = _stored(image)
    found = [range_of(_values(strip, stored)) for strip in strips]
    lows, highs = [low for low, high in found if low <= high], [high for low, high in found if low <= high]
    if not lows:
        return None
    low, high = min(lows), max(highs)
    note = ""
    if image.mode.startswith("I;16") or (image.mode == "I" and low >= 0 and high <= _FULL[-1]):
        full, note = depth(image, high, "grey")
        low, high = 0.0, float(full)
    else:
        note = f"Its grey values were scaled from their own range, {low:,.4g} to {high:,.4g}."
    if high == low:
        high = low + 1
    black, white = (high, low) if tag(image, PHOTOMETRIC) == _WHITE_IS_ZERO else (low, high)
    clear = image.info.get("transparency")
    return Scale(black, white, note, clear if isinstance(clear, int) else None, stored)


def depth(image: Image.Image, high: float, kind: str) -> tuple[int, str]:
    """The value that is white where the largest of up to 16 bits is ``high``, and a note where it is not 65,535."""
    full = _said(image, high) or next(full for full in _FULL if full >= high)
    if full == _FULL[-1]:
        return full, ""
    return full, f"Its {kind} values were read as 0 to {full:,}, the depth they use of the 65,535 there is room for."


def _values(strip: Image.Image, stored: str) -> np.ndarray:
    values = np.asarray(strip)
    return values.view(stored) if stored else values


def _stored(image: Image.Image) -> str:
    """What the values of a TIFF are where Pillow has no mode for them: 32 bits without a sign, eight with one."""
    kind = image.mode, tag(image, BITS) or 0, tag(image, FORMAT) or _WHOLE
    return {("I", 32, _WHOLE): "u4", ("L", 8, _SIGNED): "i1"}.get(kind, "")


def range_of(values: np.ndarray) -> tuple[float, float]:
    """The lowest and the highest finite value; the lower is the larger where there is none."""
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    return (float(finite.min()), float(finite.max())) if finite.size else (1.0, 0.0)


def _said(image: Image.Image, high: float) -> int:
    """The largest value as a TIFF's tags say it; 0 where they do not, or say less than there is."""
    bits, white = tag(image, BITS), tag(image, LARGEST)
    if white is None and bits is not None and 8 <= bits < 16:
        white = 2**bits - 1
    return white if white is not None and high <= white <= _FULL[-1] else 0
