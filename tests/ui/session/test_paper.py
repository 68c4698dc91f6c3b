"""A photographed digit in a session: made like MNIST's for a reader of digits only, switched off, or refused."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from tests.support.places import ROOT, SAMPLES
from tests.support.sessions import captions, go, healthy, opened, upload, words

PHOTOGRAPH = ROOT / "tests" / "data" / "paper_digits" / "paper-digit-2-1.jpg"


def test_a_photographed_digit_is_read_and_the_steps_are_shown() -> None:
    at = upload(opened("patches", model="mnist-vit"), "two.jpg", PHOTOGRAPH.read_bytes())
    assert "From paper to MNIST" in [heading.value for heading in at.subheader]
    assert "two.jpg, like MNIST" in captions(at)
    go(at, "overview")
    assert "The model says: **2**" in words(at)
    healthy(at.toggle(key="like_mnist_switch").set_value(False).run())
    assert "like MNIST" not in captions(at)
    go(at, "patches")
    assert "From paper to MNIST" not in [heading.value for heading in at.subheader]
    healthy(at.selectbox(key="model_menu").set_value("photos-10").run())
    assert "like_mnist_switch" not in [toggle.key for toggle in at.toggle], "photographs are no digits"


def test_a_picture_without_a_digit_gets_a_sentence_and_goes_as_it_is() -> None:
    page = BytesIO()
    Image.new("RGB", (200, 150), (230, 228, 220)).save(page, "PNG")
    at = upload(opened("patches", model="mnist-vit"), "blank.png", page.getvalue())
    assert "No digit was found" in at.warning[0].value
    assert "**blank.png**" in captions(at)


def test_samples_and_photographs_for_other_models_stay_as_they_are() -> None:
    at = opened("patches", model="mnist-vit", image="digit_7")
    assert not [toggle for toggle in at.toggle if toggle.key == "like_mnist_switch"]
    at = upload(opened("patches"), "cat.jpg", SAMPLES[1].read_bytes())
    assert "like MNIST" not in captions(at)
