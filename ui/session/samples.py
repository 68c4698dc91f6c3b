"""Pictures to look at: the bundled samples, and what a person brings or draws."""

from __future__ import annotations

import hashlib
from pathlib import Path

import streamlit as st
from PIL import Image

from ui.session.keys import chosen
from ui.session.picture import Picture
from vit.paths import SAMPLE_IMAGES
from vit.pictures.open import open_image

# Samples that show what the bundled classifier has a name for stand first.
_NAMED = ("cat", "dog", "horses", "kitten", "duck")
_FILES = {path.stem: path for path in sorted(SAMPLE_IMAGES.glob("*.jpg"))}
PHOTOS = {name: _FILES[name] for name in [*_NAMED, *(name for name in _FILES if name not in _NAMED)]}
DIGITS = {path.stem: path for path in sorted((SAMPLE_IMAGES / "digits").glob("*.png"))}
SAMPLES = PHOTOS | DIGITS
DEFAULT_PHOTO, DEFAULT_DIGIT = "cat", "digit_3"


@st.cache_resource(max_entries=64, show_spinner=False)
def sample_picture(sample: str) -> Picture:
    """The sample called ``sample``, opened once for all sessions."""
    return Picture(f"sample-{sample}", sample.replace("_", " "), open_image(SAMPLES[sample]), sample)


def own_picture(data: bytes, name: str) -> Picture:
    """A picture the person brought; PictureError says what is wrong with it."""
    return Picture(hashlib.sha256(data).hexdigest()[:32], name, open_image(data, name))


def drawn_picture(digit: Image.Image) -> Picture:
    """A digit drawn by hand."""
    return Picture(hashlib.sha256(digit.tobytes()).hexdigest()[:32], "your digit", digit.convert("RGB"))


def gallery() -> dict[str, Path]:
    """The samples for the model in use: digits for a model of grey pictures, photographs for all others."""
    return DIGITS if chosen.digits else PHOTOS


def match_samples_to_model(channels: int) -> None:
    """Offer the samples that a model with so many channels was made for, and run again if they are others.

    A sample in use gives way to one of the other kind; a picture the person brought stays.
    """
    digits = channels == 1
    if digits == chosen.digits:
        return
    chosen.digits = digits
    sample = chosen.picture.sample
    if sample and sample not in gallery():
        chosen.picture = sample_picture(DEFAULT_DIGIT if digits else DEFAULT_PHOTO)
    st.rerun()
