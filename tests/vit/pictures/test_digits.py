"""Drawn digits are brought into MNIST's form wherever and however large they were drawn."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.support.places import ROOT
from vit.pictures.digits import like_mnist


def drawn(scale: float, left: int, top: int) -> Image.Image:
    """A seven on a pad of 224 × 224."""
    ink = Image.new("L", (224, 224))
    corners = [(0, 0), (60, 0), (20, 90)]
    ImageDraw.Draw(ink).line([(left + x * scale, top + y * scale) for x, y in corners], 255, round(14 * scale), "curve")
    return ink


def centre_of_mass(image: Image.Image) -> np.ndarray:
    values = np.asarray(image, dtype=float)
    return np.array([(np.indices(values.shape)[axis] * values).sum() / values.sum() for axis in (0, 1)])


@pytest.mark.parametrize(("scale", "left", "top"), [(1, 20, 20), (1, 130, 100), (1.8, 40, 30), (0.4, 100, 100)])
def test_place_and_size_of_the_drawing_do_not_matter(scale: float, left: int, top: int) -> None:
    digit = like_mnist(drawn(scale, left, top))
    assert digit.size == (28, 28)
    box = digit.getbbox()
    assert max(box[2] - box[0], box[3] - box[1]) == 20, "the longer side fills MNIST's box"
    assert np.abs(centre_of_mass(digit) - 14).max() <= 0.6
    reference = np.asarray(like_mnist(drawn(1, 50, 50)), dtype=float)
    shifted = [np.roll(np.asarray(digit, dtype=float), (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    likeness = max(np.corrcoef(each.ravel(), reference.ravel())[0, 1] for each in shifted)
    assert likeness > 0.85, "the same digit, up to the pixel that rounding the centre may move it"


def test_digits_of_mnist_stay_as_they_are() -> None:
    for path in sorted((ROOT / "sample_images/digits").glob("*.png")):
        digit = Image.open(path)
        again = np.asarray(like_mnist(digit), dtype=float)
        assert np.corrcoef(again.ravel(), np.asarray(digit, dtype=float).ravel())[0, 1] > 0.9


def test_an_empty_pad_and_a_dot() -> None:
    assert like_mnist(Image.new("L", (224, 224))) is None
    dot = Image.new("L", (224, 224))
    dot.putpixel((3, 200), 255)
    assert like_mnist(dot).getbbox() is not None
