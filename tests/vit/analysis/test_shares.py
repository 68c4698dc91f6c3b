"""How many of the largest make a half: by hand."""

from __future__ import annotations

import numpy as np

from vit.analysis.shares import for_half


def test_by_hand() -> None:
    assert for_half(np.array([0.1, 0.6, 0.3])) == 1
    assert for_half(np.array([1.0, 3.0, 2.0, 2.0])) == 2
    assert for_half(np.full(8, 0.125)) == 4
