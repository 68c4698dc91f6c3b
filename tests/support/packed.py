"""Read a file of numbers that browsers fetch, as ``ui/widgets/js/packed_arrays.js`` does."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

KINDS = {"f2": "<f2", "f4": "<f4", "u1": "u1", "u2": "<u2"}


def unpacked(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and the arrays by name."""
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    arrays = {}
    for name, part in header["arrays"].items():
        assert (4 + length + part["place"]) % 8 == 0, "typed arrays need their places aligned"
        count = int(np.prod(part["shape"]))
        array = np.frombuffer(data, KINDS[part["type"]], count, 4 + length + part["place"])
        arrays[name] = array.reshape(part["shape"])
    return header, arrays
