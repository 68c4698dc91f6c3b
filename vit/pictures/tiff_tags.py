"""What a TIFF says of its values, by the numbers of its tags (TIFF 6.0, part 1)."""

from __future__ import annotations

from PIL import Image

BITS, PHOTOMETRIC, LARGEST, PLANES, FORMAT = 258, 262, 281, 284, 339


def tag(image: Image.Image, number: int) -> int | None:
    """The first value of a tag, where it is a whole number; None in other files."""
    value = getattr(image, "tag_v2", {}).get(number)
    if isinstance(value, tuple):
        value = value[0] if value else None
    return value if isinstance(value, int) else None
