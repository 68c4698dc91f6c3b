"""Small pictures as WebP, and as an address that holds them: what stands in a page's or a figure's data is text."""

from __future__ import annotations

import base64
from io import BytesIO

from PIL import Image


def webp(image: Image.Image, quality: int) -> bytes:
    """A picture as a small file."""
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=1)
    return buffer.getvalue()


def address(picture: bytes) -> str:
    """A WebP as what stands in an image's ``src``."""
    return f"data:image/webp;base64,{base64.b64encode(picture).decode()}"
