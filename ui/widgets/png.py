"""Pictures that stand still, as PNG: what is seen is what was computed, to the pixel."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

import streamlit as st
from PIL import Image


def png(image: Image.Image) -> bytes:
    """A picture as a PNG, packed fast rather than small: it goes to a screen, not to a disk."""
    buffer = BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def still(picture: bytes, alt: str, width: Literal["content", "stretch"] = "content") -> None:
    """Show a PNG as it is.

    Unless it is told the format, Streamlit makes a JPEG of every picture without transparency, again in every run:
    a tenth of the overview's time, to smear the edges of patches and to show colours that nobody computed.
    """
    st.image(picture, output_format="PNG", width=width, alt=alt)
