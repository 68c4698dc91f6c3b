"""Figures of attention: their data are the numbers they were given."""

from __future__ import annotations

import numpy as np

from vit.figures import attention as figures
from vit.figures.colour import ORANGE, VIRIDIS


def test_product_shows_three_rows_with_their_numbers() -> None:
    q, k = np.array([1.0, -2.0, 0.5]), np.array([2.0, 2.0, 0.0])
    strips = figures.product(q, k)
    assert strips.names == ("query", "key", "products")
    np.testing.assert_array_equal(strips.cells, [q, k, [2, -4, 0]])
    np.testing.assert_array_equal(strips.limits, [2, 2, 4])  # each row has its own full colour


def test_the_weighted_sum_ends_with_z_on_the_same_scale() -> None:
    weighted = np.array([[1.0, 2.0], [3.0, -1.0]])
    strips = figures.weighted_sum(weighted, ["a", "b"], weighted.sum(axis=0))
    assert strips.names == ("a", "b", "sum: z")
    np.testing.assert_array_equal(strips.cells[2], [4, 1])
    np.testing.assert_array_equal(strips.limits, [4, 4, 4])


def test_softmax_has_a_dot_for_every_key() -> None:
    scaled = np.array([0.0, 2.0, 1.0])
    p = np.exp(scaled) / np.exp(scaled).sum()
    others, top = figures.softmax_curve(scaled, p, ["a", "b", "c"], [1]).data
    assert [*others.text, *top.text] == ["a", "c", "b"]
    np.testing.assert_array_equal([*others.x, *top.x], scaled[[0, 2, 1]])
    np.testing.assert_array_equal([*others.y, *top.y], p[[0, 2, 1]])
    assert top.marker.color == ORANGE


def test_every_head_is_a_dot_that_knows_where_it_is() -> None:
    values = np.arange(6.0).reshape(3, 2)
    others, chosen = figures.every_head(values, "distance", chosen=(1, 0), even=2.5).data
    assert len(others.x) + len(chosen.x) == values.size
    for dots in (others, chosen):
        for x, y, (layer, head) in zip(dots.x, dots.y, dots.customdata, strict=True):
            assert x == layer
            assert y == values[layer, head]
    assert (chosen.marker.color, [tuple(place) for place in chosen.customdata]) == (ORANGE, [(1, 0)])


def test_pattern_picture_runs_from_a_sixteenth_of_uniform_to_one() -> None:
    picture = figures.pattern_picture(np.array([[1.0, 0.0], [1 / 32, 0.5]]))
    assert picture.size == (2, 2)
    ends = [tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for colour in (VIRIDIS[0], VIRIDIS[-1])]
    assert [picture.getpixel(at) for at in ((0, 0), (1, 0), (0, 1))] == [ends[1], ends[0], ends[0]]
