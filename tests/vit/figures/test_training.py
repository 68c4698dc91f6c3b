"""Figures of training: what they draw is what they were given."""

from __future__ import annotations

import numpy as np
import pytest

from vit.figures.curves import Curve
from vit.figures.training import POINTS, comparison, confusion_map, curve_pair, picture

ROWS = [
    {"step": 1, "loss": 2.0, "accuracy": 0.25, "held_out_loss": None, "held_out_accuracy": None},
    {"step": 2, "loss": 1.0, "accuracy": 0.5, "held_out_loss": None, "held_out_accuracy": None},
    {"step": 2, "loss": None, "accuracy": None, "held_out_loss": 1.5, "held_out_accuracy": 0.4},
]


def test_a_curve_leaves_out_steps_at_which_nothing_was_measured():
    loss, held_out = Curve.of(ROWS, "loss"), Curve.of(ROWS, "held_out_loss")
    assert loss.steps.tolist() == [1, 2]
    assert loss.values.tolist() == [2.0, 1.0]
    assert (held_out.steps.tolist(), held_out.values.tolist()) == ([2], [1.5])
    assert Curve.of([], "loss").steps.shape == (0,)


def test_a_long_curve_is_thinned_to_means():
    curve = Curve(np.arange(10_000.0), np.tile([0.0, 2.0], 5_000)).thinned(POINTS)
    assert len(curve.steps) == len(curve.values) == POINTS
    assert curve.values == pytest.approx(np.ones(POINTS), abs=0.05)
    assert np.all(np.diff(curve.steps) > 0)
    short = Curve(np.arange(3.0), np.arange(3.0)).thinned(POINTS)
    assert short.values.tolist() == [0, 1, 2]


@pytest.mark.parametrize("quantity", ["loss", "accuracy"])
def test_both_curves_are_drawn_and_named(quantity):
    pair = Curve.of(ROWS, quantity), Curve.of(ROWS, f"held_out_{quantity}")
    figure = curve_pair(*pair, quantity, at=2)
    assert [trace.name for trace in figure.data] == ["training batches", "held-out pictures"]
    assert list(figure.data[0].y) == pair[0].values.tolist()
    assert list(figure.data[1].y) == pair[1].values.tolist()
    assert figure.layout.shapes[0].x0 == 2
    assert curve_pair(Curve.of([], quantity), Curve.of([], quantity), quantity).data


def test_the_confusion_matrix_counts_and_colours_by_row():
    counts = np.array([[3, 1], [0, 0]])
    heat = confusion_map(counts, ["cat", "a dog with a very long name"]).data[0]
    assert heat.z.tolist() == [[0.75, 0.25], [0, 0]]
    assert heat.customdata.tolist() == counts.tolist()
    assert heat.text.tolist() == [["3", "1"], ["", ""]]


def test_runs_are_compared_in_lines_that_differ():
    curve = Curve.of(ROWS, "held_out_accuracy")
    figure = comparison({f"run {i}": curve for i in range(7)})
    assert len(figure.data) == 7
    assert comparison({"<b>bold</b>": curve}).data[0].name == "&lt;b&gt;bold&lt;/b&gt;"
    assert len({(trace.line.color, trace.line.dash) for trace in figure.data[:5]}) == 5


def test_pictures_come_back_as_they_lie_in_a_data_set():
    grey = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
    assert picture(grey).size == (3, 2)
    assert picture(grey).getpixel((2, 1)) == (5, 5, 5)
    colour = np.arange(18, dtype=np.uint8).reshape(3, 2, 3)
    assert picture(colour).getpixel((0, 0)) == (0, 6, 12)
