"""How a token is told where it is: sin-cos tables, and a learned table fitted to another grid.

Tables that follow from a formula are kept: each step of a training asks for the same one. Nobody writes into them.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from einops import rearrange, repeat
from torch import Tensor
from torch.nn import functional as F

from vit.model.limits import Resample


@lru_cache(maxsize=8)
@torch.inference_mode(False)  # made for a picture that is only looked at, it may serve a training later
def sincos_1d(n: int, width: int, base: float = 10_000.0) -> Tensor:
    """Sine and cosine of the index at falling frequencies: (n, width).

    Even columns ``sin(i / base^(2j/width))``, odd columns the cosine of the same angle
    (Vaswani et al. 2017, section 3.5).
    """
    frequency = base ** -(torch.arange(0, width, 2) / width)  # (width/2,)
    angle = torch.arange(n)[:, None] * frequency  # (n, width/2)
    return rearrange([angle.sin(), angle.cos()], "two n f -> n (f two)")  # (n, width)


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def sincos_2d(grid: tuple[int, int], width: int, base: float = 10_000.0) -> Tensor:
    """Sines and cosines of the column, then of the row: (gh·gw, width).

    The order of MAE's reference implementation (He et al. 2021, arXiv 2111.06377): the first half
    of the columns encodes x as [sin | cos], the second half y. SimpleViT differs only in scaling
    the frequency index to reach ``1/base`` exactly; we follow MAE, whose checkpoints store it.
    """
    quarter = width // 4
    frequency = base ** -(torch.arange(quarter, dtype=torch.float64) / quarter)  # (width/4,)
    y, x = torch.meshgrid(torch.arange(grid[0]), torch.arange(grid[1]), indexing="ij")  # (gh, gw) each
    parts = []
    for coordinate in (x, y):
        angle = rearrange(coordinate, "gh gw -> (gh gw) 1") * frequency  # (gh·gw, width/4)
        parts += [angle.sin(), angle.cos()]
    return torch.cat(parts, dim=-1).float()  # (gh·gw, width)


def resample(table: Tensor, old: tuple[int, int], new: tuple[int, int], how: Resample) -> Tensor:
    """Stretch a learned table of positions from one grid to another: (old, d) → (new, d).

    Bicubic, corners not aligned, as the reference implementations of ViT, DeiT and DINOv2 do;
    DINOv2 with registers also smooths when it shrinks, DPT is bilinear.
    """
    if old == new:
        return table
    picture = rearrange(table, "(gh gw) d -> 1 d gh gw", gh=old[0])
    mode, _, smooth = how.partition("-")
    picture = F.interpolate(picture, size=new, mode=mode, align_corners=False, antialias=bool(smooth))
    return rearrange(picture, "1 d gh gw -> (gh gw) d")


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def rotary_angles(grid: tuple[int, int], head_width: int, theta: float) -> Tensor:
    """The angle by which each pair of a patch's dimensions is turned: (gh·gw, head_width).

    DINOv3's axial form of RoPE (Siméoni et al. 2025, arXiv 2508.10104; RoPE: Su et al. 2021, arXiv
    2104.09864): patch centres scaled to [-1, 1], a quarter of the dimensions turned by the row, a
    quarter by the column, the second half of the head by the same angles again.
    """
    frequency = theta ** -torch.arange(0, 1, 4 / head_width)  # (head_width/4,)
    rows, columns = (2 * (torch.arange(side) + 0.5) / side - 1 for side in grid)
    row_column = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), dim=-1)  # (gh, gw, 2)
    angle = 2 * torch.pi * rearrange(row_column, "gh gw yx -> (gh gw) yx 1") * frequency
    return repeat(angle, "p yx f -> p (twice yx f)", twice=2)  # (gh·gw, head_width)


def rotate(x: Tensor, angle: Tensor) -> Tensor:
    """Turn each pair (dimension j, dimension j + k/2) of the last tokens of ``x`` by its angle.

    ``x``: (b, h, n, k); ``angle``: (patches, k). Tokens before the patches are left as they are.
    """
    prefix, patches = x.split((x.shape[-2] - len(angle), len(angle)), dim=-2)
    first, second = patches.chunk(2, dim=-1)
    turned = patches * angle.cos() + torch.cat((-second, first), dim=-1) * angle.sin()
    return torch.cat((prefix, turned), dim=-2)
