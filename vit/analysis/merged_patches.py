"""Too many tokens to send? Then blocks of patches are sent as one: the mean over each block."""

from __future__ import annotations

from math import ceil

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from vit.model.layout import TokenLayout


def block_side(layout: TokenLayout, heads: int, limit: int) -> int:
    """The smallest block side with which ``heads`` patterns in fp16 take at most ``limit`` bytes."""
    side = 1
    while 2 * heads * merged_layout(layout, side).n_tokens ** 2 > limit and side < max(layout.grid):
        side += 1
    return side


def merged_layout(layout: TokenLayout, side: int) -> TokenLayout:
    """The layout whose patches are blocks of ``side`` × ``side`` patches, cut off at the edges."""
    return TokenLayout(layout.prefix, (ceil(layout.grid[0] / side), ceil(layout.grid[1] / side)))


def merge_tokens(x: Tensor, layout: TokenLayout, side: int) -> Tensor:
    """The mean of every block along the last axis, prefix tokens as they are: (…, n) → (…, n merged).

    A mean, not a sum: the numbers stay "attention from a patch to a patch", and the uniform level
    stays 1/n whatever the size of a block.
    """
    if side == 1:
        return x
    grid = rearrange(layout.patches(x, axis=-1), "... (gh gw) -> (...) 1 gh gw", gh=layout.grid[0])
    blocks = F.avg_pool2d(grid, side, ceil_mode=True, count_include_pad=False)
    blocks = blocks.reshape(*x.shape[:-1], -1)
    return torch.cat([x[..., : layout.n_prefix], blocks], dim=-1)


def merge_pattern(pattern: Tensor, layout: TokenLayout, side: int) -> Tensor:
    """Blocks of queries and blocks of keys: (…, n, n) → (…, n merged, n merged)."""
    keys = merge_tokens(pattern, layout, side)
    return merge_tokens(keys.mT, layout, side).mT
