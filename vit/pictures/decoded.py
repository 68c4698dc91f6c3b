"""A picture that has been unpacked, and is made RGB and upright part by part: a copy of it would double the memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from math import ceil, sqrt

import numpy as np
from PIL import Image

from vit.errors import Refusal
from vit.pictures import deep, profiles
from vit.pictures.upright import Box, Upright

KEPT_PIXELS = 2**20  # of what is shown of a picture: more than a screen's column has
ON_WHITE = "Its transparent parts lie on white."
STRIP = 2**20  # pixels that are converted at once, in each of as many threads
THREADS = min(4, os.cpu_count() or 1)
_CLEAR = ("RGBA", "LA", "PA", "RGBa", "La")


class PictureError(Refusal, ValueError):
    """A file that cannot be shown; its message is one sentence for the person who brought it."""


class Decoded:
    """A picture as RGB, the right way up: of ``size`` (width, height), in parts or whole.

    Transparency is laid on white, a colour profile followed to sRGB, deep grey scaled to eight bits. ``notes`` says
    in sentences what was done to the colours. With ``plain`` it is what ``convert("RGB")`` of Pillow alone makes of
    it, which is how transformers reads a file: profiles and half transparency ignored, deep values clipped. The one
    colour of a PNG or GIF that means transparent is then the processor's affair: see :meth:`with_key_on_white`.
    """

    def __init__(self, stored: Image.Image, *, plain: bool = False, notes: tuple[str, ...] = ()) -> None:
        """``stored`` is loaded. PictureError for a picture without a single finite value."""
        self._upright, self._plain, self._key_on_white = Upright(stored), plain, not plain
        self.size = self._upright.size
        self._scale: deep.Scale | None = None
        self._to_srgb: profiles.Convert | None = None
        self.notes = notes
        if plain:
            return
        if deep.is_deep(stored):
            self._scale = deep.scale_of(stored, map(self._upright.part, self._strips()))
            if self._scale is None:
                raise PictureError("This picture holds no finite values.")
            self._note(self._scale.note)
            self._note(ON_WHITE if self._scale.clear is not None else "")
        elif "transparency" in stored.info or (stored.mode in _CLEAR and _least_opaque(stored) < 255):
            self._note(ON_WHITE)
        if profile := stored.info.get("icc_profile"):
            self._to_srgb, note = profiles.to_srgb(profile, self._colours_of(stored))
            self._note(note)

    @property
    def width(self) -> int:
        return self.size[0]

    @property
    def height(self) -> int:
        return self.size[1]

    @property
    def unchanged(self) -> Image.Image | None:
        """The picture as it was stored, where that is upright and in RGB already."""
        stored = self._upright.stored
        opaque = "transparency" not in stored.info or not self._key_on_white
        as_it_is = self._to_srgb is None and opaque and self._upright.turn is None
        return stored if stored.mode == "RGB" and as_it_is else None

    def with_key_on_white(self) -> Decoded:
        """The same, and what has the one colour that means transparent is white; without ``plain`` it is so anyway."""
        found = copy(self)
        found._key_on_white = True
        return found

    def part(self, box: Box) -> Image.Image:
        """The pixels in ``box`` in RGB."""
        part = self._upright.part(box)
        if self._plain:
            part = part.convert("RGB")
            return self._on_white(part) if "transparency" in part.info and self._key_on_white else part
        if self._scale is not None:
            return self._coloured(self._scale.to_grey(part))
        if "transparency" in part.info or part.mode in _CLEAR:
            return self._on_white(part)
        return self._coloured(part)

    def whole(self) -> Image.Image:
        """The whole picture in RGB; not to be painted into."""
        if self.unchanged is not None:
            return self.unchanged
        image = Image.new("RGB", self.size)
        for box in self._strips():
            image.paste(self.part(box), box)
        return image

    @property
    def shown_whole(self) -> bool:
        """Whether what is shown of it is all of it."""
        return self.width * self.height <= KEPT_PIXELS

    def small(self) -> Image.Image:
        """At most ``KEPT_PIXELS`` of it, to be looked at: each the mean of a square of the picture's own pixels."""
        if self.shown_whole:
            return self.whole()
        factor = ceil(sqrt(self.width * self.height / KEPT_PIXELS))
        image = Image.new("RGB", (ceil(self.width / factor), ceil(self.height / factor)))
        for box, strip in side_by_side(lambda box: self.part(box).reduce(factor), self._strips(factor)):
            image.paste(strip, (0, box[1] // factor))
        return image

    def _strips(self, multiple: int = 1) -> Iterator[Box]:
        """The whole picture in strips of full width; each but the last has a multiple of so many rows."""
        rows = max(1, STRIP // (self.width * multiple)) * multiple
        for top in range(0, self.height, rows):
            yield 0, top, self.width, min(top + rows, self.height)

    def _note(self, note: str) -> None:
        if note:
            self.notes = (*self.notes, note)

    @staticmethod
    def _colours_of(image: Image.Image) -> str:
        """The mode that the picture's colour profile speaks of."""
        if deep.is_deep(image) or image.mode in ("1", "L", "LA", "La"):
            return "L"
        return image.mode if image.mode in ("CMYK", "LAB") else "RGB"

    def _coloured(self, part: Image.Image) -> Image.Image:
        if self._to_srgb is None:
            return part.convert("RGB")
        return self._to_srgb(part)

    def _on_white(self, part: Image.Image) -> Image.Image:
        clear = part.convert("RGBA")
        if self._to_srgb is not None:
            coloured = self._to_srgb(clear)
            coloured.putalpha(clear.getchannel("A"))
            clear = coloured
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")


def side_by_side(use: Callable[[Box], Image.Image], boxes: Iterable[Box]) -> Iterator[tuple[Box, Image.Image]]:
    """Each box with what ``use`` makes of it, computed in as many threads as there are cores, in the boxes' order."""
    boxes = list(boxes)
    if len(boxes) == 1:
        yield boxes[0], use(boxes[0])
        return
    with ThreadPoolExecutor(min(THREADS, len(boxes))) as threads:
        yield from zip(boxes, threads.map(use, boxes), strict=True)


def _least_opaque(image: Image.Image) -> int:
    """How opaque the most transparent pixel is, 0 to 255; transparency is the last band."""
    return int(np.asarray(image.getchannel(len(image.getbands()) - 1)).min())
