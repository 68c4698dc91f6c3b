"""A picture at another size, to the bit what Pillow makes of the whole, without a second copy of a large one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from vit.pictures import resample
from vit.pictures.decoded import STRIP, Decoded, side_by_side
from vit.pictures.upright import Box

MOST_RESIZED = 4_000_000  # pixels of a resized picture of which only a part is wanted; beyond, only that is computed
Picture = Image.Image | Decoded


def cut(picture: Picture, mode: str, size: tuple[int, int], box: Box, how: int, around: tuple[int, ...]) -> Image.Image:
    """The picture in ``mode``, resized to ``size`` (width, height), and of that the ``box``; beyond its edges the
    colour ``around``, a number a channel. ``how`` is Pillow's number of a way to resample."""
    inside = max(0, box[0]), max(0, box[1]), min(size[0], box[2]), min(size[1], box[3])
    if size[0] * size[1] <= MOST_RESIZED:
        part = _resized(picture, mode, size, how).crop(inside)
    else:
        whole = picture if isinstance(picture, Image.Image) else picture.whole()
        part = resample.part(whole.convert(mode), size, inside, how)
    if inside == box:
        return part
    found = Image.new(mode, (box[2] - box[0], box[3] - box[1]), around)
    found.paste(part, (inside[0] - box[0], inside[1] - box[1]))
    return found


def cut_floats(picture: Picture, size: tuple[int, int], box: Box, how: int) -> np.ndarray:
    """The same in floating point, from 0 to 255 and never rounded: (height, width, 3). ``box`` lies inside ``size``."""
    across = picture.width / size[0]
    left, right = box[0] * across, min(box[2] * across, picture.width)
    down = picture.height / size[1]
    top, bottom = box[1] * down, min(box[3] * down, picture.height)
    width, height = box[2] - box[0], box[3] - box[1]
    bands = [Image.new("F", (width, picture.height)) for _ in range(3)]
    for at in _strips((picture.width, picture.height), columns=False):
        rows = at[3] - at[1]
        for band, values in zip(bands, _part(picture, "RGB", at).split(), strict=True):
            band.paste(values.convert("F").resize((width, rows), how, (left, 0, right, rows)), (0, at[1]))
    cut = [band.resize((width, height), how, (0, top, width, bottom)) for band in bands]
    return np.stack([np.asarray(band) for band in cut], axis=-1)  # (height, width, 3)


def _resized(picture: Picture, mode: str, size: tuple[int, int], how: int) -> Image.Image:
    """One side after the other, as Pillow does it: each strip along the first, then all of them along the second."""
    if isinstance(picture, Image.Image):
        picture.load()  # by one thread, where it was only opened
    before = picture.width, picture.height
    columns = resample.columns_first(before, size)
    between = Image.new(mode, (before[0], size[1]) if columns else (size[0], before[1]))

    def along_the_first(at: Box) -> Image.Image:
        left, top, right, bottom = at
        return _part(picture, mode, at).resize((right - left, size[1]) if columns else (size[0], bottom - top), how)

    for at, strip in side_by_side(along_the_first, _strips(before, columns)):
        between.paste(strip, at[:2])
    return between.resize(size, how)


def _strips(size: tuple[int, int], columns: bool) -> Iterator[Box]:
    """A picture of ``size`` in strips of whole rows, or of whole columns."""
    width, height = size
    side, across = (width, height) if columns else (height, width)
    thick = max(1, STRIP // across)
    for first in range(0, side, thick):
        last = min(first + thick, side)
        yield (first, 0, last, height) if columns else (0, first, width, last)


def _part(picture: Picture, mode: str, box: Box) -> Image.Image:
    part = picture.crop(box) if isinstance(picture, Image.Image) else picture.part(box)
    return part if part.mode == mode else part.convert(mode)
