"""Figures of a block, and how many bars become one line: what they hold is what they were given."""

from __future__ import annotations

import numpy as np

from vit.figures.block import DOTS, activation_curve, histograms
from vit.figures.lines import stems
from vit.figures.patches import flat_vector


def test_histograms_count_every_number_and_share_their_bins() -> None:
    chance = np.random.default_rng(0)
    narrow, wide = chance.normal(size=300), chance.normal(0, 5, 200)
    first, second = histograms({"narrow": narrow, "wide": wide}, "value").data
    assert first.y.sum() == 300
    assert second.y.sum() == 200
    np.testing.assert_array_equal(first.x, second.x)
    assert [first.y[0], first.y[-1]] == [0, 0]
    half = (first.x[1] - first.x[0]) / 2
    inside = np.abs(narrow[:, None] - first.x) < half  # (300, bins + 2)
    np.testing.assert_array_equal(inside.sum(0), first.y)


def test_one_dot_is_drawn_where_neurons_coincide() -> None:
    before = np.concatenate([np.full(500, 0.25), [-1.0, 1.0, 0.5]])
    _, dots = activation_curve((before, before), before, np.maximum(before, 0)).data
    assert dots.x.tolist() == [-1.0, 0.25, 0.5, 1.0]
    assert dots.y.tolist() == [0.0, 0.25, 0.5, 1.0]
    assert list(dots.customdata) == ["500", "0 and 499 beside it", "502", "501"]
    many = np.random.default_rng(0).normal(size=5000)
    _, dots = activation_curve((many, many), many, many).data
    assert len(dots.x) <= DOTS + 1
    assert np.abs(many[:, None] - dots.x).min(1).max() <= (many.max() - many.min()) / DOTS, "each has one beside it"
    _, alike = activation_curve((many, many), np.zeros(7), np.zeros(7)).data
    assert list(alike.customdata) == ["0 and 6 beside it"]


def test_stems_rise_from_zero_and_do_not_meet() -> None:
    found = stems(np.array([3, 5]), np.array([0.5, -2.0]), np.array([7, 8]))
    np.testing.assert_array_equal(found["x"], [3, 3, np.nan, 5, 5, np.nan])
    np.testing.assert_array_equal(found["y"], [0, 0.5, np.nan, 0, -2, np.nan])
    np.testing.assert_array_equal(found["customdata"], [[0.5, 7]] * 3 + [[-2, 8]] * 3)


def test_a_flat_vector_says_each_number_at_its_place() -> None:
    patch = np.arange(12.0).reshape(2, 2, 3)
    red, green, blue = flat_vector(patch).data
    assert red.x[::3].tolist() == [0, 3, 6, 9]
    assert green.y[1::3].tolist() == [1, 4, 7, 10]
    assert blue.customdata[3].tolist() == blue.customdata[4].tolist() == [5, 0, 1]
