"""Colour pictures of sixteen bits a value, of which Pillow keeps the upper eight.

That is enough where the values use all sixteen. Of twelve bits it leaves four, and a nearly black picture: such files
are unpacked a second time, for the lower eight bits.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageFile

from vit.pictures import deep

_PNG = b"\x89PNG\r\n\x1a\n"
_DARK = 64  # upper bytes below it: fourteen bits or fewer
_FULL = 65_535
_ROWS = 256  # that are computed at once
_BITS, _PLANES = 258, 284  # tags of a TIFF


class PackedPlanesError(ValueError):
    """A TIFF whose lower eight bits Pillow cannot be asked for."""


def as_meant(data: bytes, image: Image.Image) -> tuple[Image.Image, str]:
    """A loaded picture as its file means it, in eight bits, and a note; as it is where those of Pillow are right.

    As of grey pictures (:func:`vit.pictures.deep.depth`), white is what a TIFF says, or as many bits as the largest
    value needs. A PNG's one colour that means transparent is told apart by all sixteen bits. PackedPlanesError for dark
    colours that are each packed by itself.
    """
    if not _of_sixteen(data, image):
        return image, ""
    upper = image
    if _tag(image, _PLANES) == 2:  # where they are not packed, Pillow reads them as if a value had eight bits
        upper = _again(data, upper=True)
    key, colours = image.info.get("transparency"), len(image.getbands()) - image.mode.endswith("A")
    most = [int(np.asarray(band).max()) for band in upper.split()]
    if key is None and max(most[:colours]) >= _DARK:
        return upper, ""
    lower = _again(data, upper=False)
    largest = [256 * value + 255 for value in most]  # at most; what it is decides only where the file names a white
    if _tag(image, deep.WHITE) is not None:
        largest = [max(bands[i].max() for _, bands in _strips(upper, lower)) for i in range(len(most))]
    white, note = deep.depth(image, max(largest[:colours]), "colour")
    whites = [white if at < colours or value <= white else _FULL for at, value in enumerate(largest)]
    levels = [deep.Scale(0, white).levels(np.arange(_FULL + 1, dtype=np.uint16)) for white in whites]
    found = Image.new("RGBA" if key else upper.mode, upper.size)
    for top, values in _strips(upper, lower):
        bands = [level[band] for level, band in zip(levels, values, strict=True)]
        if key:
            hidden = np.all([band == one for band, one in zip(values, key, strict=True)], axis=0)
            bands.append(np.where(hidden, 0, 255).astype(np.uint8))
        found.paste(Image.merge(found.mode, [Image.fromarray(band) for band in bands]), (0, top))
    found.info = {name: value for name, value in image.info.items() if name != "transparency"}
    return found, note


def _of_sixteen(data: bytes, image: Image.Image) -> bool:
    """Whether it is in colour, or grey with transparency, of sixteen bits each."""
    if data.startswith(_PNG):
        return data[24] == 16 and len(image.getbands()) > 1  # the header's depth (PNG specification, 11.2.1)
    return len(image.getbands()) > 1 and _tag(image, _BITS) == 16


def _tag(image: Image.Image, number: int) -> Any:
    """The first value of a TIFF's tag; None without one."""
    value = getattr(image, "tag_v2", {}).get(number)
    return value[0] if isinstance(value, tuple) and value else value


def _strips(upper: Image.Image, lower: Image.Image) -> Iterator[tuple[int, list[np.ndarray]]]:
    """All sixteen bits of every band, some rows at a time: the first row, and (rows, width) each."""
    for top in range(0, upper.height, _ROWS):
        box = 0, top, upper.width, min(top + _ROWS, upper.height)
        pairs = zip(upper.crop(box).split(), lower.crop(box).split(), strict=True)
        yield top, [np.asarray(first).astype(np.uint16) << 8 | np.asarray(second) for first, second in pairs]


def _again(data: bytes, upper: bool) -> Image.Image:
    """The picture unpacked anew, of each value the upper or the lower eight bits."""
    image = Image.open(BytesIO(data), formats=("PNG", "TIFF"))
    assert isinstance(image, ImageFile.ImageFile), "what was opened from a file"
    if not upper and _tag(image, _PLANES) == 2 and image.tile[0].codec_name == "libtiff":
        raise PackedPlanesError
    grey = False
    tiles = []
    for tile in image.tile:
        name, *rest = (tile.args,) if isinstance(tile.args, str) else tile.args or ("",)
        base, _, order = str(name).partition(";16")
        grey = base == "LA"
        big = {"B": True, "L": False, "N": sys.byteorder == "big"}.get(order, data[:2] == b"MM")
        name = (
            "RGBA" if grey else f"{base};16{'B' if big == upper else 'L'}"
        )  # which byte of two is taken for the value
        tiles.append(type(tile)(tile.codec_name, tile.extents, tile.offset, (name, *rest)))
    image.tile = tiles
    image.load()
    if not grey:
        return image
    first, second, *clear = image.split()  # grey and transparency, of each the upper byte and the lower
    value, see = (first, clear[0]) if upper else (second, clear[1])
    return Image.merge("RGBA", (value, value, value, see))
