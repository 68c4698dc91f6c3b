"""Figures of the output: their data, and words that never round a probability away."""

import numpy as np
import pytest

from vit.figures.numbers import cosine_words
from vit.figures.output import LINES, lens_lines, level_ticks, over_levels, top_bars


def test_levels_are_named_by_the_block_just_passed():
    assert level_ticks(2) == ["in", "0", "1"]


def test_over_levels_holds_both_similarities():
    read, carried = np.array([0.1, -0.4, 1]), np.array([0.2, 0.6, 1])
    figure = over_levels(read, carried)
    np.testing.assert_array_equal(figure.data[0].y, read)
    np.testing.assert_array_equal(figure.data[1].y, carried)
    assert figure.layout.yaxis.range[0] < -0.4  # nothing is cut off
    assert figure.layout.xaxis.ticktext == ("in", "0", "1")


@pytest.mark.parametrize(
    ("probability", "text"),
    [(1e-7, "1e-05 %"), (0.12345, "12.3 %"), (0.99999, "> 99.9 %"), (1.0, "100 %"), (0.5, "50 %")],
)
def test_probabilities_are_not_rounded_to_nothing_or_to_certainty(probability, text):
    (bars,) = top_bars(["cat"], np.array([probability])).data
    assert bars.x[0] == probability
    assert bars.text[0] == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.28584, "0.2858"), (-1.0, "-1.0000"), (0.99998, "1 − 2.0e-05"), (1.0000001, "1")]
)
def test_cosines_are_not_rounded_to_one(value, text):
    assert cosine_words(value) == text


def test_long_names_are_cut_on_the_axis_and_whole_under_the_pointer():
    name = "an animal whose name does not fit anywhere"
    figure = top_bars([name], np.array([0.4]))
    assert len(figure.layout.yaxis.ticktext[0]) < 28
    assert figure.data[0].customdata[0] == name


def test_lens_draws_a_line_a_class_in_different_dashes():
    probabilities = np.random.default_rng(0).dirichlet(np.ones(5), size=4)  # (levels, classes)
    figure = lens_lines(list("abcde"), probabilities)
    assert len({line.line.dash for line in figure.data}) == len(LINES) == 5
    np.testing.assert_array_equal(figure.data[2].y, probabilities[:, 2])
