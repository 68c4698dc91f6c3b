"""One quantity over a run, as numbers: what a page and a run's own figures draw. Imports no library of figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Curve:
    """``steps`` and ``values``: (points,)."""

    steps: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, float | None]], column: str) -> Curve:
        """A column of ``metrics.csv``; steps at which it was not measured are left out."""
        kept = [(row["step"], row[column]) for row in rows if row[column] is not None]
        return cls(*np.array(kept, dtype=float).reshape(-1, 2).T)

    def thinned(self, points: int) -> Curve:
        """At most ``points`` points, each the mean of its neighbours: the noise of single batches goes."""
        parts = np.array_split(np.arange(len(self.steps)), min(points, len(self.steps)) or 1)
        if not len(self.steps):
            return self
        return Curve(*(np.array([of[part].mean() for part in parts]) for of in (self.steps, self.values)))
