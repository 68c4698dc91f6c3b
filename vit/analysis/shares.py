"""How few of many hold how much."""

from __future__ import annotations

import numpy as np


def for_half(sizes: np.ndarray) -> int:
    """How many of the largest ``sizes`` (n,), none below 0, it takes to make half of their sum."""
    return int(np.searchsorted(np.cumsum(-np.sort(-sizes)), sizes.sum() / 2)) + 1
