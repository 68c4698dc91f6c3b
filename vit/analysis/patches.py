"""What cutting into patches costs: tokens, and the numbers attention has to work out."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd


@dataclass(frozen=True)
class PatchCost:
    """A picture cut into square patches, and what every head of every layer then pays.

    ``pattern_values`` counts the numbers in all attention patterns: heads · layers · n²; ``megabytes``
    what they take as fp32.
    """

    patch_size: int
    grid: tuple[int, int]
    patches: int
    tokens: int
    pattern_values: int
    megabytes: float


def patch_cost(size: tuple[int, int], patch_size: int, n_prefix: int, heads: int, depth: int) -> PatchCost:
    """What ``size`` (height, width) in patches of ``patch_size`` costs a model of that shape."""
    grid = size[0] // patch_size, size[1] // patch_size
    patches = grid[0] * grid[1]
    tokens = n_prefix + patches
    values = heads * depth * tokens**2
    return PatchCost(patch_size, grid, patches, tokens, values, values * 4 / 1e6)


def patch_sizes(size: tuple[int, int], smallest: int) -> list[int]:
    """Every patch size from ``smallest`` up that cuts ``size`` (height, width) without a rest."""
    common = gcd(*size)
    return [side for side in range(smallest, common + 1) if common % side == 0]
