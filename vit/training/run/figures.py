"""The figures that stay with a run: training curves and confusion matrix; and the comparison of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vit.figures.colour import BLUE, ORANGE
from vit.figures.curves import Curve
from vit.training.run.files import replace_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from vit.training.learn.evaluation import Judgement

FOLDER = "figures"
Rows = Sequence[Mapping[str, float | None]]
POINTS = 400  # of a curve; the noise of single batches is averaged away


def draw(run: Path, rows: Rows, judgement: Judgement | None, classes: list[str]) -> None:
    """``figures/curves.png`` and ``figures/confusion.png``, of what there is."""
    if any(row["loss"] is not None for row in rows):
        _save(curves(rows), run / FOLDER / "curves.png")
    if judgement is not None:
        _save(confusion(judgement.confusion(len(classes)), classes), run / FOLDER / "confusion.png")


def curves(rows: Rows) -> Figure:
    """Loss and accuracy over the steps, of the training batches and of the held-out pictures."""
    figure = _figure(9, 3.6)
    for place, (name, column) in enumerate((("loss", "loss"), ("accuracy", "accuracy")), start=1):
        axes = figure.add_subplot(1, 2, place)
        learned, held_out = Curve.of(rows, column).thinned(POINTS), Curve.of(rows, f"held_out_{column}")
        axes.plot(learned.steps, learned.values, color=BLUE, linewidth=1.5, label="training batches")
        axes.plot(
            held_out.steps, held_out.values, color=ORANGE, linewidth=2, linestyle="--", marker=".", label="held out"
        )
        axes.set(xlabel="step", ylabel=name)
        axes.grid(alpha=0.3)
        axes.legend()
    return figure


def comparison(runs: Mapping[str, Rows]) -> Figure:
    """Held-out accuracy over the steps, a curve a run."""
    figure = _figure(8, 4.5)
    axes = figure.add_subplot()
    styles = ("-", "--", ":", "-.")
    for number, (name, rows) in enumerate(runs.items()):
        held_out = Curve.of(rows, "held_out_accuracy")
        axes.plot(held_out.steps, held_out.values, linestyle=styles[number % len(styles)], marker=".", label=name)
    axes.set(xlabel="step", ylabel="held-out accuracy")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    return figure


def confusion(counts: np.ndarray, classes: Sequence[str]) -> Figure:
    """How often a class (row) was taken for another (column): (classes, classes); the diagonal is right."""
    side = max(4.0, min(14.0, 1.5 + 0.42 * len(classes)))
    figure = _figure(side, side)
    axes = figure.add_subplot()
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="viridis", vmin=0, vmax=1)
    if len(classes) <= 25:
        for row, column in np.ndindex(counts.shape):
            if counts[row, column]:
                colour = "black" if share[row, column] > 0.5 else "white"
                axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour, fontsize=8)
        axes.set_xticks(range(len(classes)), [name[:18] for name in classes], rotation=90)
        axes.set_yticks(range(len(classes)), [name[:18] for name in classes])
    axes.set(xlabel="taken for", ylabel="class")
    return figure


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="tight")


def _save(figure: Figure, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    replace_file(path, lambda file: figure.savefig(file, dpi=110, format="png"))


def save_comparison(runs: Mapping[str, Rows], path: Path) -> None:
    _save(comparison(runs), path)
