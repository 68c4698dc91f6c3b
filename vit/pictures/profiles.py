"""A picture's colour profile (ICC): from its own colours to sRGB, which models are trained on."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

MOST_BYTES = 8 * 2**20  # of a profile; those of printers take two
_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}
BROKEN = "Its colour profile cannot be read, so the colours are shown without it."
CONVERTED = "Its colour profile was followed: the colours were converted to sRGB."

Convert = Callable[[Image.Image], Image.Image]


def to_srgb(profile: bytes, mode: str) -> tuple[Convert | None, str]:
    """What converts strips, whose colours are those of this mode, to RGB, and what to tell about it.

    None, and a note, for a profile that is broken or of another kind of colours; None and no note for one that is
    sRGB's by another name, which would change nothing but roundings. A grey picture may have kept a profile of RGB:
    its grey is then that of three equal colours. Relative colorimetric, by lcms.
    """
    if len(profile) > MOST_BYTES or mode not in _SPACES:
        return None, BROKEN
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        mode = "RGB" if (mode, space) == ("L", "RGB") else mode
        if space != _SPACES[mode]:
            return None, BROKEN
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC
        )
        if mode in ("L", "RGB") and _changes_nothing(transform, mode):
            return None, ""
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return None, BROKEN

    def convert(strip: Image.Image) -> Image.Image:
        converted = ImageCms.applyTransform(strip.convert(mode), transform)
        assert converted is not None, "only None when done in place"
        return converted

    return convert, CONVERTED


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether colours spread over the whole range stay as they are, up to two levels of 255."""
    steps = np.linspace(0, 255, 18).round().astype(np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(18, -1, 3)  # 5,832 of them
    probe = Image.fromarray(colours).convert(mode)
    after = ImageCms.applyTransform(probe, transform)
    assert after is not None, "only None when done in place"
    before = np.asarray(probe.convert("RGB"), dtype=int)
    return bool(np.abs(np.asarray(after, dtype=int) - before).max() <= 2)
