"""The patch matrix as pictures: each of its rows is a small pattern that a patch is compared with."""

from __future__ import annotations

import numpy as np
from einops import rearrange


def filter_pictures(weight: np.ndarray, patch_size: int) -> np.ndarray:
    """The rows of the patch matrix (d, p·p·c) as pictures: (d, p, p, c)."""
    return rearrange(weight, "d (p1 p2 c) -> d p1 p2 c", p1=patch_size, p2=patch_size)


def strongest(embedding: np.ndarray, count: int) -> np.ndarray:
    """The dimensions in which a vector (d,) is farthest from 0, the farthest first: (count,)."""
    return np.argsort(-np.abs(embedding), kind="stable")[:count]
