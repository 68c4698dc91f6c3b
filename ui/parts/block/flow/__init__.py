"""A block as a picture of its formula: vectors as blocks of cells, left to right, what is done to them in between.

A component: under the pointer each cell says which number of the vector it is, and its value.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ui.widgets.component import component
from vit.figures.colour import AROUND_ZERO
from vit.figures.plain import folded

_mount = component("flow", Path(__file__).parent, "colours", "arrows", "numbers")


@dataclass(frozen=True)
class Vector:
    """Numbers drawn as ``values`` (rows, columns) of cells, coloured from ``low`` to ``high``; ``name`` under the
    pointer."""

    name: str
    values: np.ndarray
    low: float
    high: float
    colours: Sequence[str] = AROUND_ZERO


def around_zero(name: str, vector: np.ndarray) -> Vector:
    """A vector (d,) folded into rows; its largest magnitude has the full colour."""
    cells = folded(vector)
    most = float(np.abs(cells).max())
    return Vector(name, cells, -most, most)


@dataclass(frozen=True)
class Step:
    """``operation``: what is done to the step before to get here, with ``note``, the matrix it takes. ``axes`` and
    ``shape``: those of the code; ``length``: of the vector, in words."""

    operation: str
    note: str
    symbol: str
    vectors: tuple[Vector, ...]
    axes: str
    shape: str
    length: str = ""


def flow(rows: Sequence[tuple[str, Sequence[Step]]], *, key: str, alt: str) -> None:
    """Draw rows of steps, each row under its title."""
    _mount(
        key=key,
        data={"alt": alt, "rows": [{"title": title, "steps": [_packed(s) for s in steps]} for title, steps in rows]},
    )


def _packed(step: Step) -> dict[str, object]:
    return {
        "operation": step.operation,
        "note": step.note,
        "symbol": step.symbol,
        "shape": f"{step.axes} = {step.shape}",
        "length": step.length,
        "vectors": [
            {
                "name": vector.name,
                "shape": list(vector.values.shape),
                "values": base64.b64encode(np.ascontiguousarray(vector.values, dtype="<f4").tobytes()).decode(),
                "low": vector.low,
                "high": vector.high,
                "colours": list(vector.colours),
            }
            for vector in step.vectors
        ],
    }
