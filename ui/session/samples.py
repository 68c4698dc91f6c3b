"""Pictures to look at: the bundled samples, and what a person brings or draws."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st
from PIL import Image

from ui.server.unpacking import UNPACKING
from ui.session.keys import chosen
from ui.session.picture import Picture
from vit.paths import SAMPLE_IMAGES
from vit.pictures.decoded import Decoded
from vit.pictures.open import open_image

# What a sample shows, in words that a classifier may call it by; the sample's own name where none stand here.
_SHOWN = {
    "astronaut": ("astronaut", "person"),
    "coffee": ("coffee", "espresso", "cup"),
    "duck": ("duck", "drake", "bird"),
    "giraffes": ("giraffe",),
    "grace_hopper": ("uniform", "person"),
    "horses": ("horse", "sorrel"),
    "jaguars": ("jaguar",),
    "kitten": ("kitten", "cat"),
    "lemurs": ("lemur", "indri"),
    "rocket": ("rocket", "missile"),
}
PHOTOS = {path.stem: path for path in sorted(SAMPLE_IMAGES.glob("*.jpg"))}
DIGITS = {path.stem: path for path in sorted((SAMPLE_IMAGES / "digits").glob("*.png"))}
SAMPLES = PHOTOS | DIGITS
DEFAULT_PHOTO, DEFAULT_DIGIT = "cat", "digit_3"
_PLAIN = "-plain"


@st.cache_resource(max_entries=64, show_spinner=False)
def sample_picture(sample: str) -> Picture:
    """The sample called ``sample``, opened once for all sessions."""
    path = SAMPLES[sample]
    return Picture(f"sample-{sample}", sample.replace("_", " "), open_image(path), sample, file=path)


def own_picture(data: bytes, name: str) -> Picture:
    """A picture the person brought. PictureError says what is wrong with it; ServerBusyError that it cannot be opened
    now."""
    picture = Picture(
        hashlib.sha256(data).hexdigest()[:32], name, Image.new("RGB", (1, 1)), photographed=True, file=data
    )
    return read_again(picture, plain=False)


def read_again(picture: Picture, plain: bool) -> Picture:
    """The same picture, read from its file anew: as transformers reads it (``plain``), or as this app does."""
    assert picture.file is not None, "only what came from a file can be read again"
    key = picture.key.removesuffix(_PLAIN) + (_PLAIN if plain else "")

    def shown(found: Decoded) -> Picture:
        return replace(picture, key=key, image=found.small(), full_size=found.size, notes=found.notes, plain=plain)

    return UNPACKING.show(picture.file, picture.name, plain, shown)


def drawn_picture(digit: Image.Image) -> Picture:
    """A digit drawn by hand."""
    return Picture(hashlib.sha256(digit.tobytes()).hexdigest()[:32], "your digit", digit.convert("RGB"))


def named_samples(labels: Iterable[str]) -> tuple[str, ...]:
    """The photographs of what a classifier with these labels has a name for."""
    words = {word for label in labels for word in re.findall("[a-z]+", label.lower())}
    return tuple(name for name in PHOTOS if not words.isdisjoint(_SHOWN.get(name, (name,))))


NAMED_AT_FIRST = ("cat", "dog", "duck", "horses", "kitten")  # by the default model, until another has been read


def gallery() -> dict[str, Path]:
    """The samples for the model in use: digits for a model of grey pictures, for all others photographs, those first
    that it has a name for."""
    if chosen.digits:
        return DIGITS
    return {name: PHOTOS[name] for name in sorted(PHOTOS, key=lambda name: name not in chosen.named)}


def match_samples_to_model(channels: int, labels: Sequence[str]) -> None:
    """Offer the samples that a model with so many channels and these classes was made for, and run again if they are
    others, or stand in another order.

    A sample in use gives way to one of the other kind; a picture the person brought stays. For a model without
    classes the order stays as it is.
    """
    digits, before = channels == 1, list(gallery())
    if labels and not digits:
        chosen.named = named_samples(labels)
    chosen.digits = digits
    if list(gallery()) == before:
        return
    sample = chosen.picture.sample
    if sample and sample not in gallery():
        chosen.picture = sample_picture(DEFAULT_DIGIT if digits else DEFAULT_PHOTO)
    st.rerun()
