"""A digit that somebody photographed, made like MNIST's before a model that reads digits sees it. Imports torch."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from PIL import Image

from ui.session.keys import chosen
from ui.session.picture import Picture
from vit import ViT
from vit.pictures.digits import SIDE
from vit.pictures.open import PictureError
from vit.pictures.paper_digits import PaperDigit, read_paper

DIGITS = tuple(map(str, range(10)))


@dataclass(frozen=True)
class Read:
    """What is shown to the model: ``picture``, the ``steps`` to it, or ``refusal``, a sentence why there are none."""

    picture: Picture
    steps: PaperDigit | None = None
    refusal: str = ""


def can_be_like_mnist(picture: Picture, model: ViT) -> bool:
    """Whether the step makes sense: a photograph, larger than MNIST's own, for a model whose classes are the digits."""
    config = model.config
    return picture.photographed and max(picture.image.size) > SIDE and config.channels == 1 and config.labels == DIGITS


def as_the_model_reads_it(picture: Picture, model: ViT) -> Read:
    """The picture, or the digit in it as MNIST would have it."""
    if not (chosen.like_mnist and can_be_like_mnist(picture, model)):
        return Read(picture)
    steps = _steps(picture.key, picture.image)
    if isinstance(steps, str):
        return Read(picture, refusal=steps)
    digit = Picture(f"{picture.key}-like-mnist", f"{picture.name}, like MNIST", steps.digit.convert("RGB"))
    return Read(digit, steps)


@st.cache_resource(max_entries=64, show_spinner=False)
def _steps(key: str, _image: Image.Image) -> PaperDigit | str:
    """The steps, or in a sentence why there are none."""
    try:
        return read_paper(_image)
    except PictureError as error:
        return str(error)
