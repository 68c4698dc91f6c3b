"""A matrix as coloured cells, the number under the pointer written below it.

For the matrices a slider moves: a new one is drawn in the canvas that stands there, where a Plotly chart
is taken down and built anew. Measured on the page about positions, a move: the browser's script 345 → 188 ms,
the server's 35 → 9 ms.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ui.widgets.component import component
from vit.figures.colour import VIRIDIS

_mount = component("matrix", Path(__file__).parent, "colours", "arrows", "numbers")


def matrix(
    values: np.ndarray,
    *,
    key: str,
    alt: str,
    columns: tuple[str, str],
    rows: tuple[str, str] = ("row", ""),
    names: Sequence[str] | None = None,
    limits: tuple[float, float] | np.ndarray = (-1.0, 1.0),
    colours: Sequence[str] = VIRIDIS,
    square: bool = False,
) -> None:
    """Draw ``values`` (r, c), row 0 on top.

    ``columns``: what one column is called under the pointer, and the axis' label. ``rows``: the same for
    rows, or ``names`` for each of them. ``limits``: the ends of the colour scale for all rows,
    shown as a bar, or (r, 2) for every row its own. ``square``: cells as wide as high.
    """
    own = np.ndim(limits) == 2
    _mount(
        key=key,
        data={
            "shape": list(values.shape),
            "values": base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode(),
            "limits": np.asarray(limits, dtype=np.float64).tolist() if own else [list(limits)] * len(values),
            "bar": None if own else list(limits),
            "colours": list(colours),
            "names": None if names is None else list(names),
            "row": list(rows),
            "column": list(columns),
            "square": square,
            "alt": alt,
        },
    )
