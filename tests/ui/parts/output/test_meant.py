"""Heads that are no choice of one class: each class by itself, and plain numbers, never shown as a softmax."""

from __future__ import annotations

import re

import pytest

from tests.support.places import ROOT
from tests.support.sessions import captions, go, healthy, opened, with_model, words

CHECKPOINTS = ROOT / "tests" / "data" / "checkpoints"


@pytest.mark.parametrize("page", ["overview", "output", "what_if", "block", "position"])
@pytest.mark.parametrize("name", ["vit-multi-label", "vit-regression"])
def test_every_page_with_an_answer_takes_it(page: str, name: str) -> None:
    at = with_model(opened(page), CHECKPOINTS / name)
    assert not at.error


def test_each_class_has_a_probability_of_its_own() -> None:
    at = with_model(opened("overview"), CHECKPOINTS / "vit-multi-label")
    assert "each for itself" in words(at) or "none of its four names" in words(at)
    go(at, "output")
    assert "They need not sum to 1" in words(at)
    assert "temperature" not in [slider.key for slider in at.select_slider], "a sigmoid's has no meaning here"
    assert "Softmax with this picture" not in words(at)


def test_a_regression_shows_its_number_and_no_percentage() -> None:
    at = with_model(opened("overview"), CHECKPOINTS / "vit-regression")
    assert re.search(r"The model answers with a number: \*\*LABEL_0\*\*, -?[\d.]+ \(in a unit", words(at))
    go(at, "output")
    assert "The checkpoint does not say which" in words(at)
    assert not re.search(r"\d %", words(at) + captions(at))
    go(at, "what_if")
    healthy(at.toggle(key="hiding_curves").set_value(True).run())
    assert "takes over" not in words(at)
