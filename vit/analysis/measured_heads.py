"""How far and how widely every head looks, measured block after block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vit.analysis import attention
from vit.model.layout import TokenLayout


@dataclass(frozen=True)
class MeasuredHeads:
    """Of each head, over all queries: entropy in bits and mean distance in pixels, (l, h) each."""

    entropy: np.ndarray
    distance: np.ndarray


class HeadMeasure:
    """Measures block after block, so that who walks over all blocks for something else need not walk twice: a lean
    trace computes a block's attention anew whenever it is looked at."""

    def __init__(self, layout: TokenLayout, patch_size: int) -> None:
        self._layout = layout
        self._distances = torch.from_numpy(attention.patch_distances(layout, patch_size))
        self._entropy: list[np.ndarray] = []
        self._distance: list[np.ndarray] = []

    def add(self, pattern: Tensor) -> None:
        """The next block's pattern (h, n, n)."""
        self._entropy.append(attention.entropy_of(pattern).numpy())
        self._distance.append(attention.mean_distance_of(pattern, self._layout, self._distances).numpy())

    @property
    def found(self) -> MeasuredHeads:
        return MeasuredHeads(np.stack(self._entropy), np.stack(self._distance))
