"""Shapes in a mask of ink: pieces that hang together, grown, shrunk, freed of thin lines. Plain numpy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

MANY = 60  # pieces looked at, the largest first; a page of noise has thousands


@dataclass(frozen=True)
class Piece:
    """Ink that hangs together: ``mask`` (height, width)."""

    mask: np.ndarray

    @cached_property
    def area(self) -> int:
        return int(self.mask.sum())

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """Top, left, bottom, right; the last two just beyond it."""
        rows, columns = np.flatnonzero(self.mask.any(axis=1)), np.flatnonzero(self.mask.any(axis=0))
        return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1

    @property
    def height(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def width(self) -> int:
        return self.box[3] - self.box[1]

    def crosses(self, shape: tuple[int, ...]) -> bool:
        """Whether it runs from edge to edge: a line of the paper, not a stroke."""
        return self.height >= 0.97 * shape[0] or self.width >= 0.97 * shape[1]

    def touches_edge(self, shape: tuple[int, ...]) -> bool:
        """Whether it reaches the picture's edge: the table beside the paper, a finger."""
        top, left, bottom, right = self.box
        return top <= 1 or left <= 1 or bottom >= shape[0] - 1 or right >= shape[1] - 1

    def stands_beside(self, main: Piece) -> bool:
        """Whether it is of a digit's size and stands left or right of ``main`` without overlap."""
        apart = self.box[1] >= main.box[3] or self.box[3] <= main.box[1]
        return apart and self.height > 0.55 * main.height and self.area > 0.2 * main.area

    def belongs_to(self, main: Piece) -> bool:
        """Whether it is near enough to be a stroke of the same digit: within a fifth of that one's size."""
        near = 0.2 * max(main.height, main.width)
        return (
            self.box[0] < main.box[2] + near
            and self.box[2] > main.box[0] - near
            and self.box[1] < main.box[3] + near
            and self.box[3] > main.box[1] - near
        )


def pieces(mask: np.ndarray) -> list[Piece]:
    """What hangs together in ``mask`` (height, width), corners counting, the largest first, at most ``MANY``.

    Every pixel takes the highest number among its neighbours until nothing changes.
    """
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        spread = np.where(mask, _around(labels, np.maximum), 0)
        if np.array_equal(spread, labels):
            break
        labels = spread
    numbers, areas = np.unique(labels[labels > 0], return_counts=True)
    return [Piece(labels == number) for number in numbers[np.argsort(-areas, kind="stable")][:MANY]]


def _around(values: np.ndarray, combine: np.ufunc) -> np.ndarray:
    """``combine`` over every pixel and its eight neighbours, along rows and then along columns."""
    for axis in (0, 1):
        found = values.copy()
        of, to = values.swapaxes(0, axis), found.swapaxes(0, axis)
        combine(to[1:], of[:-1], out=to[1:])
        combine(to[:-1], of[1:], out=to[:-1])
        values = found
    return values


def grown(mask: np.ndarray, radius: int) -> np.ndarray:
    """Every pixel within ``radius`` of the mask, along rows, columns and diagonals."""
    for _ in range(radius):
        mask = _around(mask, np.logical_or)
    return mask


def shrunk(mask: np.ndarray, radius: int) -> np.ndarray:
    """Every pixel whose surroundings within ``radius`` lie in the mask."""
    for _ in range(radius):
        mask = _around(mask, np.logical_and)
    return mask


def stroke_width(mask: np.ndarray) -> float:
    """The width of its strokes in pixels: twice the area over the length of the edge; 0 for an empty mask."""
    edge = mask & ~shrunk(mask, 1)
    return 2 * float(mask.sum()) / max(1.0, float(edge.sum()))


def without_thin_lines(mask: np.ndarray) -> np.ndarray:
    """The mask without what is much thinner than its thickest strokes: lines of squared paper, specks.

    Shrunk as far as thin lines last, then grown again, by one more, within the mask: thick strokes come back whole.
    """
    thickest, left = 0, mask
    while left.any() and not left.all():
        left, thickest = shrunk(left, 1), thickest + 1
    radius = (thickest - 1) // 3
    if radius < 1:
        return mask
    kept: np.ndarray = mask & grown(shrunk(mask, radius), radius + 1)
    return kept
