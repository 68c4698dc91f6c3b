"""Collecting pictures: what is refused loses nothing, and what may be learned from is in order."""

from __future__ import annotations

import pytest
import torch

from vit.teaching.picture_classes import MOST_CLASSES, MOST_PICTURES, Example, PictureClasses, TeachingError


def example(key: str) -> Example:
    return Example(key, f"{key}.png", b"", b"", {"mean": torch.full((2, 2, 3), float(len(key)))})


def two_classes() -> PictureClasses:
    having = PictureClasses("some-model").with_class("mug").with_class("pen")
    for number, key in ((0, "a"), (1, "bb"), (0, "ccc"), (1, "dddd")):
        having = having.with_example(number, example(key))
    return having


def test_pictures_stand_behind_each_other_class_by_class() -> None:
    taught = two_classes().taught()
    assert taught.labels == ("mug", "pen")
    assert [one.key for one in taught.examples] == ["a", "ccc", "bb", "dddd"]
    assert taught.classes.tolist() == [0, 0, 1, 1]
    assert taught.parts(1)["mean"].shape == (2, 4, 3)
    assert taught.parts(1)["mean"][0, :, 0].tolist() == [1, 3, 2, 4]
    assert taught.parts(2)["mean"][0, :, 0].tolist() == [1, 1, 3, 3, 2, 2, 4, 4], "a copy behind its picture"


def test_a_class_with_one_picture_waits() -> None:
    having = two_classes().with_class("cup").with_example(2, example("eeeee"))
    assert having.taught().labels == ("mug", "pen")
    assert [one.name for one in having.waiting()] == ["cup"]
    assert having.without_example("a").taught().labels == ("pen",)


@pytest.mark.parametrize(
    ("number", "says"), [(0, "in mug already."), (1, "in mug already, and a picture can stand for one class only.")]
)
def test_a_picture_stands_for_one_class_once(number: int, says: str) -> None:
    with pytest.raises(TeachingError, match=says):
        two_classes().with_example(number, example("a"))


@pytest.mark.parametrize(
    "name", ["", "   ", "\u200b", "x" * 61, "mug", "MUG", " mug ", "m\u200bug", "\uff4d\uff55\uff47"]
)
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(TeachingError):
        two_classes().with_class(name)
    if name.strip() not in ("", "\u200b", "x" * 61):
        with pytest.raises(TeachingError):
            two_classes().renamed(1, name)


def test_a_class_may_be_written_otherwise_and_go() -> None:
    having = two_classes().renamed(0, "Mug")
    assert [one.name for one in having.classes] == ["Mug", "pen"]
    assert len(having.classes[0].examples) == 2
    assert [one.name for one in having.without_class(0).classes] == ["pen"]


def test_there_is_an_end() -> None:
    having = PictureClasses("some-model")
    for number in range(MOST_CLASSES):
        having = having.with_class(str(number))
    with pytest.raises(TeachingError, match="remove one first"):
        having.with_class("another")
    for number in range(MOST_PICTURES):
        having = having.with_example(number % MOST_CLASSES, example(f"picture {number}"))
    with pytest.raises(TeachingError, match="command line"):
        having.with_example(0, example("another"))
    with pytest.raises(TeachingError, match="command line"):
        having.with_room()
    assert having.without_example("picture 0").with_room().n_pictures == MOST_PICTURES - 1


def test_a_name_in_two_forms_of_unicode_is_one_name() -> None:
    having = PictureClasses("some-model").with_class("Cafe\u0301")
    assert having.classes[0].name == "Caf\u00e9"
    assert having.number("CAF\u00c9") == 0
    assert PictureClasses("some-model").with_class("STRASSE").number("straße") == 0


def test_read_by_another_model_all_stay_where_they_are() -> None:
    again = two_classes().read_by("other", lambda one: Example(f"{one.key}!", *list(vars(one).values())[1:]))
    assert again.backbone == "other"
    assert [one.key for one in again.taught().examples] == ["a!", "ccc!", "bb!", "dddd!"]
