"""TIFFs of values that Pillow has no mode for: floating point of 16 or 64 bits, colours of 32 bits or floating point.

Science and computer graphics write them. They are read here, unpacked or deflated, and scaled to eight bits from their
own range, as deep grey is (:mod:`vit.pictures.deep`). Tags and layouts: TIFF 6.0 (1992) and its technical note 3.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from typing import Any

import numpy as np
from PIL import ExifTags, Image, TiffImagePlugin

from vit.pictures import deep

MOST_BYTES = 128 * 2**20  # of all values, once they are unpacked
_ROWS = 64  # that are scaled at once
_DEFLATE = (8, 32946)
_KINDS = {1: "u", 2: "i", 3: "f"}  # SampleFormat → numpy
_TYPES = {"u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"}
_CUT_OFF = "is damaged and cannot be opened (it is cut off)."
_WAY_OUT = "save it anew with 8 or 16 bits a value, or as PNG."


class TiffError(ValueError):
    """What keeps a TIFF from being read; its message ends a sentence that begins with the file's name."""


class TiffValues:
    """A TIFF's values as they are stored, read piece by piece; ``size`` is its (width, height)."""

    def __init__(self, data: bytes) -> None:
        """TiffError for values of another kind, or packed another way."""
        self._data = data
        self._tags = TiffImagePlugin.ImageFileDirectory_v2(data[: 16 if 43 in data[2:4] else 8])
        file = BytesIO(data)
        file.seek(self._tags.next)
        self._tags.load(file)
        self.size = self._number(256), self._number(257)
        self._bands, self._planes = self._number(277, 1), self._number(284, 1) == 2
        self._packed, self._difference = self._number(259, 1), self._number(317, 1)
        self._colours = self._number(262, 1)  # 0: white is zero, 1: black is, 2: red, green and blue
        bits = self._numbers(258) or (1,)
        name = f"{_KINDS.get(self._number(339, 1), '?')}{bits[0] // 8}"
        known = name in _TYPES and len(set(bits)) == 1 and bits[0] % 8 == 0
        if not known or (self._colours, self._bands) not in ((0, 1), (1, 1), (2, 3)):
            raise TiffError(f"is a TIFF that is damaged, or of a kind that few programs read: {_WAY_OUT}")
        self._type = np.dtype(name).newbyteorder("<" if data[:2] == b"II" else ">")
        if self._packed not in (1, *_DEFLATE) or self._difference not in (1, 2, 3):
            raise TiffError(f"is a TIFF of unusual values, packed in a way that cannot be read: {_WAY_OUT}")
        if self.size[0] * self.size[1] * self._bands * self._type.itemsize > MOST_BYTES:
            raise TiffError(f"is a TIFF of more than {MOST_BYTES // 2**20} MB of values once unpacked: {_WAY_OUT}")

    def picture(self) -> tuple[Image.Image, str]:
        """The picture in eight bits, and a note on how it was scaled. TiffError where no value is finite."""
        ranges = [deep.range_of(values) for _, _, _, values in self._pieces()]
        ranges = [(low, high) for low, high in ranges if low <= high]
        if not ranges:
            raise TiffError("holds no finite values.")
        low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
        white = high if high > low else low + 1
        scale = deep.Scale(white, low) if self._colours == 0 else deep.Scale(low, white)
        (width, height), bands = self.size, self._bands
        levels = np.zeros((height, width, bands), dtype=np.uint8)
        for top, left, band, values in self._pieces():
            for row in range(0, min(len(values), height - top), _ROWS):
                some = values[row : min(row + _ROWS, height - top), : width - left]  # (rows, columns, bands)
                into = levels[top + row : top + row + len(some), left : left + some.shape[1], band]
                into[...] = scale.levels(some)
        image = Image.fromarray(levels.squeeze(-1) if bands == 1 else levels)
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = self._number(274, 1)
        image.info["exif"] = exif.tobytes()
        if profile := self._tags.get(34675):
            image.info["icc_profile"] = profile
        kind = "grey" if bands == 1 else "colour"
        return image, f"Its {kind} values were scaled from their own range, {low:,.4g} to {high:,.4g}."

    def _number(self, tag: int, otherwise: int = 0) -> int:
        """A whole number among the tags, the first of several."""
        return (*self._numbers(tag), otherwise)[0]

    def _numbers(self, tag: int) -> tuple[int, ...]:
        value: Any = self._tags.get(tag, ())
        return tuple(map(int, value if isinstance(value, tuple) else (value,)))

    def _pieces(self) -> Iterator[tuple[int, int, slice, np.ndarray]]:
        """Every strip or tile: its top and left, its bands, and its values (rows, columns, bands)."""
        (width, height), tiled = self.size, 322 in self._tags
        across = self._number(322) if tiled else width
        down = self._number(323) if tiled else min(self._number(278, height), height)
        if min(across, down) < 1:
            raise TiffError(f"is a TIFF that is damaged: {_WAY_OUT}")
        places, lengths = self._numbers(324 if tiled else 273), self._numbers(325 if tiled else 279)
        bands = [slice(n, n + 1) for n in range(self._bands)] if self._planes else [slice(0, self._bands)]
        corners = list(product(bands, range(0, height, down), range(0, width, across)))
        if min(len(places), len(lengths)) < len(corners):
            raise TiffError(_CUT_OFF)
        for (band, top, left), place, length in zip(corners, places, lengths, strict=False):
            rows = down if tiled else min(down, height - top)
            shape = rows, across, band.stop - band.start
            yield top, left, band, self._unpacked(self._data[place : place + length], shape)

    def _unpacked(self, stored: bytes, shape: tuple[int, int, int]) -> np.ndarray:
        rows, columns, bands = shape
        size = rows * columns * bands * self._type.itemsize
        body = zlib.decompressobj().decompress(stored, size) if self._packed in _DEFLATE else stored[:size]
        if len(body) < size:
            raise TiffError(_CUT_OFF)
        if self._difference == 3:  # of the bytes, which lie apart by their weight, the heaviest first
            apart = np.frombuffer(body, np.uint8).reshape(rows, -1, bands).cumsum(axis=1, dtype=np.uint8)
            apart = apart.reshape(rows, self._type.itemsize, columns * bands)
            joined = np.ascontiguousarray(np.moveaxis(apart, 1, -1))
            return joined.view(self._type.newbyteorder(">")).reshape(shape)
        values = np.frombuffer(body, self._type).reshape(shape)
        return values if self._difference == 1 else values.cumsum(axis=1, dtype=self._type)
