"""Digits on paper become digits like MNIST's: many kinds of paper and pen, and pictures without one digit."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from tests.support.paper import KINDS, Kind, photograph
from tests.support.places import ROOT
from vit import ViT, load_pretrained
from vit.data.idx import pictures
from vit.pictures.open import PictureError, open_image
from vit.pictures.paper_digits import read_paper
from vit.pictures.pieces import without_thin_lines

PHOTOGRAPHS = sorted((ROOT / "tests" / "data" / "paper_digits").glob("*.jpg"))
EACH = 5  # digits of every kind
Digit = tuple[np.ndarray, int]


@pytest.fixture(scope="module")
def reader() -> ViT:
    return load_pretrained("mnist-vit")


def read(model: ViT, pictures: list[Image.Image]) -> list[int]:
    """What the model reads in pictures as they are."""
    with torch.inference_mode():
        return model(torch.cat([model.preprocess(picture) for picture in pictures])).argmax(-1).tolist()


@pytest.fixture(scope="module")
def digits(reader: ViT) -> list[Digit]:
    """Held-out digits that the model reads rightly when they are clean."""
    held_out = pictures(ROOT / "data" / "mnist-10k", "test")
    clean = [image.numpy() for image in held_out.images[:300, 0]]
    named = zip(clean, held_out.labels.tolist(), read(reader, [Image.fromarray(one) for one in clean]), strict=False)
    return [(image, label) for image, label, said in named if label == said]


@pytest.mark.parametrize("path", PHOTOGRAPHS, ids=lambda path: path.stem)
def test_photographs_are_read_rightly(path: Path, reader: ViT) -> None:
    digit = re.search(r"digit-(\d)", path.stem)
    assert read(reader, [read_paper(open_image(path)).digit]) == [int(digit[1])]


@pytest.mark.parametrize("kind", list(KINDS)[::6])
def test_a_digit_of_some_kinds_is_read_rightly(kind: str, reader: ViT, digits: list[Digit]) -> None:
    image, label = digits[len(kind)]
    assert read(reader, [read_paper(photograph(image, KINDS[kind], 1)).digit]) == [label]


@pytest.mark.slow
def test_nine_of_ten_of_all_kinds_are_read_rightly(reader: ViT, digits: list[Digit]) -> None:
    assert len(KINDS) >= 40
    wanted, found = [], []
    for number, kind in enumerate(KINDS.values()):
        for image, label in digits[number * 3 : number * 3 + EACH]:
            wanted.append(label)
            try:
                found.append(read_paper(photograph(image, kind, number)).digit)
            except PictureError:
                found.append(Image.new("L", (28, 28)))
    right = np.array(read(reader, found)) == np.array(wanted)
    assert right.mean() >= 0.9, f"{right.mean():.1%} of {len(right)}"
    whole = right.reshape(-1, EACH).sum(axis=1)
    assert (whole >= EACH // 2).all(), [name for name, count in zip(KINDS, whole, strict=True) if count < EACH // 2]


def test_the_digit_is_as_mnist_has_it(digits: list[Digit]) -> None:
    """28 × 28, white on black, at most 20 × 20, its mass in the middle."""
    for image, _ in digits[:5]:
        found = np.asarray(read_paper(photograph(image, KINDS["far left"], 0)).digit, dtype=float)
        assert found.shape == (28, 28)
        rows, columns = np.nonzero(found > 30)
        assert np.ptp(rows) < 21
        assert np.ptp(columns) < 21
        centre = [(axis * found).sum() / found.sum() for axis in np.indices(found.shape)]
        assert np.abs(np.array(centre) - 13.5).max() < 1.5


def test_light_on_dark_is_dark_on_light(digits: list[Digit]) -> None:
    paper = photograph(digits[7][0], KINDS["plain"], 0)
    one, other = read_paper(paper), read_paper(ImageOps.invert(paper))
    assert (one.light_ink, other.light_ink) == (False, True)
    difference = np.abs(np.asarray(one.digit, dtype=float) - np.asarray(other.digit, dtype=float))
    assert difference.mean() < 3


@pytest.mark.parametrize("kind", ["plain", "grainy", "soft shadow", "light from the left", "squared paper"])
def test_a_page_without_a_digit_gets_a_sentence(kind: str) -> None:
    with pytest.raises(PictureError, match="No digit was found"):
        read_paper(photograph(np.zeros((28, 28), np.uint8), KINDS[kind], 0))


def test_two_digits_get_a_sentence(digits: list[Digit]) -> None:
    two = [photograph(image, Kind(size=(200, 270)), 0) for image, _ in (digits[1], digits[2])]
    page = Image.new("RGB", (400, 270))
    for number, one in enumerate(two):
        page.paste(one, (200 * number, 0))
    with pytest.raises(PictureError, match="Several digits"):
        read_paper(page)


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (28, 28), (2000, 40)])
def test_any_size_has_an_answer(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    said = ""
    try:
        size = read_paper(Image.fromarray(noise)).digit.size
    except PictureError as error:
        said = str(error)
    assert size == (28, 28) or said.endswith((".", "one digit."))


def test_a_mask_without_an_edge_is_no_thin_line() -> None:
    """It never shrinks away."""
    assert without_thin_lines(np.ones((3, 5), bool)).all()
