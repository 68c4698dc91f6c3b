"""The picture in use, wherever it came from."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True)
class Picture:
    """The picture in use. ``key`` names its content; ``sample`` is its name in the gallery, if it is one;
    ``photographed``: whether a person brought it, so that a digit in it may be one on paper."""

    key: str
    name: str
    image: Image.Image
    sample: str | None = None
    photographed: bool = False
