"""The map of the pictures: what a place on it stands for, by hand and against the head itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.vit.teaching.test_linear_head import three_classes
from vit.teaching.linear_head import LinearHead
from vit.teaching.plane import left_out_places, of_head, of_pictures, regions
from vit.teaching.teach import teach


def test_the_directions_in_which_pictures_differ_most_by_hand() -> None:
    vectors = torch.tensor([[3.0, 1.0, 7.0], [-3.0, 1.0, 7.0], [0.0, 3.0, 7.0], [0.0, -1.0, 7.0]])
    plane = of_pictures(vectors)
    assert plane.origin.tolist() == [0.0, 1.0, 7.0]
    np.testing.assert_allclose(np.abs(plane.axes), [[1, 0, 0], [0, 1, 0]], atol=1e-12)
    np.testing.assert_allclose(np.abs(plane.places(vectors.numpy())), [[3, 0], [3, 0], [0, 2], [0, 2]], atol=1e-12)
    assert plane.share == pytest.approx(1.0)


@pytest.mark.parametrize("apart", [0.3, 3.0])
def test_of_three_classes_every_picture_lies_in_the_region_of_its_answer(apart: float) -> None:
    """Those learned from by the heads that have not seen them, and new ones by the head."""
    vectors, classes = three_classes(apart=apart)
    lesson = teach({"mean": vectors[None]}, classes)
    plane = of_head(lesson.head, vectors)
    assert plane.share == pytest.approx(1.0)
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    new = torch.randn(30, vectors.shape[1], dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    for places, logits in (
        (plane.places(new.numpy()), lesson.head(new)),
        (left_out_places(plane, lesson.head, vectors, lesson.left_out), lesson.left_out),
    ):
        found = [int(regions(plane, lesson.head, np.array([x]), np.array([y]))[0, 0]) for x, y in places]
        assert found == logits.argmax(dim=-1).tolist()


@pytest.mark.parametrize("count", [2, 3, 5])
def test_logits_and_vectors_lead_to_the_same_place(count: int) -> None:
    draw = torch.Generator().manual_seed(count)
    vectors = torch.randn(12, 9, dtype=torch.float64, generator=draw)
    weight, bias = (torch.randn(*shape, dtype=torch.float64, generator=draw) for shape in ((count, 9), (count,)))
    head = LinearHead(weight, bias)
    plane = of_head(head, vectors)
    again = left_out_places(plane, head, vectors, head(vectors))
    np.testing.assert_allclose(again, plane.places(vectors.numpy()), atol=1e-9)


def test_regions_are_the_heads_answers_on_the_plane() -> None:
    vectors, classes = three_classes()
    head = teach({"mean": vectors[None]}, classes).head
    plane = of_pictures(vectors)
    across, up = np.linspace(-4, 4, 7), np.linspace(-3, 3, 5)
    found = regions(plane, head, across, up)
    assert found.shape == (5, 7)
    there = plane.origin + across[3] * plane.axes[0] + up[1] * plane.axes[1]
    assert found[1, 3] == int(head(torch.from_numpy(there)).argmax())


def test_pictures_that_are_all_the_same_lie_at_one_place() -> None:
    vectors = torch.ones(4, 6)
    plane = of_pictures(vectors)
    assert not plane.places(vectors.numpy()).any()
    assert plane.share == 0
