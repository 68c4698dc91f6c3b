"""Arrays as one file that a browser can read: a JSON header, then the plain numbers.

``uint32`` length of the header · header, padded with spaces · the arrays, each on an 8-byte boundary, little-endian.
The header names every array with its type, shape and place, counted from the header's end. Read by
``ui/widgets/js/packed_arrays.js``.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from vit.analysis.merged_patches import merged_layout
from vit.model.layout import TokenLayout

_TYPES = {np.dtype("<f2"): "f2", np.dtype("<f4"): "f4", np.dtype("u1"): "u1", np.dtype("<u2"): "u2"}


def token_grid(layout: TokenLayout, side: int = 1) -> dict[str, Any]:
    """What ``ui/widgets/js/token_grid.js`` needs of a layout whose patches were merged to squares of ``side``."""
    return {
        "prefix": [layout.name(token) for token in range(layout.n_prefix)],
        "grid": merged_layout(layout, side).grid,
        "fullGrid": layout.grid,
        "side": side,
    }


def packed(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> bytes:
    """Header and arrays as one run of bytes. KeyError for a type that is not in ``_TYPES``."""
    table: dict[str, object] = {}
    parts: list[bytes | memoryview] = []
    place = 0
    for name, array in arrays.items():
        table[name] = {"type": _TYPES[array.dtype], "shape": array.shape, "place": place}
        padding = bytes(-array.nbytes % 8)
        parts += [np.ascontiguousarray(array).data, padding]
        place += array.nbytes + len(padding)
    text = json.dumps(header | {"arrays": table}).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return b"".join([len(text).to_bytes(4, "little"), text, *parts])
