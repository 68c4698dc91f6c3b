"""Which pictures help, and what is unlike all: by hand, and against the definition worked out the long way."""

from __future__ import annotations

from math import log

import pytest
import torch

from tests.vit.teaching.test_linear_head import three_classes
from vit.teaching.evidence import helpfulness, nearness
from vit.teaching.teach import KINDS, teach


def test_a_picture_in_the_wrong_class_helps_least() -> None:
    vectors, classes = three_classes(apart=2.0)
    wrong = classes.clone()
    wrong[4] = (classes[4] + 1) % 3
    lesson = teach({"mean": vectors[None]}, wrong)
    helps = helpfulness(lesson, vectors, wrong)
    assert int(helps.argmin()) == 4
    assert helps[4] < 0


def test_help_is_what_the_others_lose() -> None:
    """Of picture 0: every other one judged by a head fitted without both, in a loop."""
    vectors, classes = three_classes(n=9, apart=1.5)
    lesson = teach({"mean": vectors[None]}, classes)
    others = torch.arange(1, 9)
    fit = KINDS[lesson.kind](vectors[others], classes[others]).sharpened(classes[others])
    sure = [float(fit.left_out[i].softmax(-1)[classes[j]]) for i, j in enumerate(others)]
    before = [float(lesson.left_out[j].softmax(-1)[classes[j]]) for j in others]
    wanted = sum(map(log, before)) / 8 - sum(map(log, sure)) / 8
    assert float(helpfulness(lesson, vectors, classes)[0]) == pytest.approx(wanted)


def test_of_two_pictures_neither_can_be_spared() -> None:
    vectors, classes = three_classes(n=7)
    helps = helpfulness(teach({"mean": vectors[None]}, classes), vectors, classes)
    assert helps.isnan().tolist() == [False, True, True, False, True, True, False]


def test_nearness_by_hand() -> None:
    """Nearest others at 1, 1, 2, 3: nine in ten have one within 2.7."""
    known = torch.tensor([[0.0], [1.0], [3.0], [6.0]])
    near = nearness(known, torch.tensor([8.0]))
    assert (near.distance, near.nearest) == (2.0, 3)
    assert near.usual == pytest.approx(2.7)
    assert not near.unlike_all
    assert nearness(known, torch.tensor([9.0])).unlike_all
