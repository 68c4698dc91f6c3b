"""Colour pictures of sixteen bits a value, of which Pillow keeps the upper eight.

That is enough where the values use all sixteen. Of twelve bits it leaves four, and a nearly black picture: such files
are unpacked a second time, for the lower eight bits.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image, ImageFile

from vit.pictures import deep
from vit.pictures.tiff_tags import BITS, LARGEST, PLANES, tag

_PNG = b"\x89PNG\r\n\x1a\n"
MOST_PIXELS = 16_000_000  # of which both halves are computed; a file with as many is nearly as large as files may be
_DARK = 64  # upper bytes below it: fourteen bits or fewer
_ROWS = 64  # that are computed at once


class DeepColourError(ValueError):
    """A file whose lower eight bits cannot be had; its message ends a sentence that begins with the file's name."""


def as_meant(data: bytes, image: Image.Image) -> tuple[Image.Image, str]:
    """A loaded picture as its file means it, in eight bits, and a note; as it is where those of Pillow are right.

    As of grey pictures (:func:`vit.pictures.deep.depth`), white is what a TIFF says, or as many bits as the largest
    value needs. A PNG's one colour that means transparent is told apart by all sixteen bits. DeepColourError for dark
    colours that are each packed by itself, or for too many of them.
    """
    if not _of_sixteen(data, image):
        return _with_its_key(data, image), ""
    upper = image
    if tag(image, PLANES) == 2:  # where they are not packed, Pillow reads them as if a value had eight bits
        upper = _again(data, upper=True)
    key, colours = image.info.get("transparency"), len(image.getbands()) - image.mode.endswith("A")
    most = [int(np.asarray(upper.getchannel(band)).max()) for band in range(len(upper.getbands()))]
    if key is None and max(most[:colours]) >= _DARK:
        return upper, ""
    if upper.width * upper.height > MOST_PIXELS:
        raise DeepColourError(
            f"has {upper.width} × {upper.height} pixels of 16 bits that are dark, or of which one colour means "
            f"transparent: of such, up to {MOST_PIXELS // 10**6} million can be opened."
        )
    lower = _again(data, upper=False)
    largest = [256 * value + 255 for value in most]  # at most; what it is decides only where the file names a white
    if tag(image, LARGEST) is not None:
        largest = np.max([values.max(axis=(0, 1)) for _, values, _ in _strips(upper, lower)], axis=0).tolist()
    white, note = deep.depth(image, max(largest[:colours]), "colour")
    levels = deep.Scale(0, white).levels(np.arange(2**16, dtype=np.uint16))
    found = Image.new("RGBA" if key else upper.mode, upper.size)
    for top, values, first in _strips(upper, lower):
        strip = np.take(levels, values, mode="clip")  # (rows, width, c); no value is out of bounds
        if largest[-1] > white:  # transparency, in all of its bits
            strip[..., colours:] = first[..., colours:]
        if key:
            hidden = (values == key).all(axis=-1, keepdims=True)
            strip = np.concatenate([strip, np.where(hidden, 0, 255).astype(np.uint8)], axis=-1)
        height, width, _ = strip.shape
        found.paste(Image.frombuffer(found.mode, (width, height), strip, "raw", found.mode, 0, 1), (0, top))
    found.info = {name: value for name, value in image.info.items() if name != "transparency"}
    return found, note


def _with_its_key(data: bytes, image: Image.Image) -> Image.Image:
    """The picture; of a grey PNG of two or four bits, whose values Pillow spreads over eight, with the one that means
    transparent spread as they are."""
    key = image.info.get("transparency")
    if not (data.startswith(_PNG) and data[24] in (2, 4) and image.mode == "L" and isinstance(key, int)):
        return image
    found = image.copy()
    found.info["transparency"] = key * 255 // (2 ** data[24] - 1)
    return found


def _of_sixteen(data: bytes, image: Image.Image) -> bool:
    """Whether it is in colour, or grey with transparency, of sixteen bits each."""
    if data.startswith(_PNG):
        return data[24] == 16 and len(image.getbands()) > 1  # the header's depth (PNG specification, 11.2.1)
    return len(image.getbands()) > 1 and tag(image, BITS) == 16


def _strips(upper: Image.Image, lower: Image.Image) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Some rows at a time: the first of them, and (rows, width, c) all sixteen bits of their values, and the upper
    eight."""
    for top in range(0, upper.height, _ROWS):
        box = 0, top, upper.width, min(top + _ROWS, upper.height)
        first, second = (np.asarray(image.crop(box)) for image in (upper, lower))
        values: np.ndarray = first.astype(np.uint16)
        values <<= 8
        values |= second
        yield top, values, first


def _again(data: bytes, upper: bool) -> Image.Image:
    """The picture unpacked anew, of each value the upper or the lower eight bits."""
    image = Image.open(BytesIO(data), formats=("PNG", "TIFF"))
    assert isinstance(image, ImageFile.ImageFile), "what was opened from a file"
    if not upper and tag(image, PLANES) == 2 and image.tile[0].codec_name == "libtiff":
        raise DeepColourError(
            "is a TIFF with dark colours of 16 bits in packed planes, which cannot be read: save it anew with its "
            "colours side by side, or as PNG."
        )
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
