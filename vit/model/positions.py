"""How a token is told where it is: sin-cos tables, and a learned table fitted to another grid.

Tables that follow from a formula are kept: each step of a training asks for the same one. Nobody writes into them.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from einops import einsum, rearrange, repeat
from torch import Tensor
from torch.nn import functional as F

from vit.model.config import ViTConfig
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
    DINOv2 with registers also smooths when it shrinks, DPT is bilinear, SigLIP 2 both.
    """
    if old == new:
        return table
    picture = rearrange(table, "(gh gw) d -> 1 d gh gw", gh=old[0])
    mode, _, smooth = how.partition("-")
    picture = F.interpolate(picture, size=new, mode=mode, align_corners=False, antialias=bool(smooth))
    return rearrange(picture, "1 d gh gw -> (gh gw) d")


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def rows_and_columns(grid: tuple[int, int]) -> Tensor:
    """Row and column of each patch, counted from 0: (gh·gw, 2)."""
    found = torch.meshgrid(*(torch.arange(float(side)) for side in grid), indexing="ij")
    return rearrange(torch.stack(found), "yx gh gw -> (gh gw) yx")


def coordinates(
    grid: tuple[int, int], kind: str, offset: float = 0.0, reference: tuple[int, int] | None = None
) -> tuple[Tensor, Tensor]:
    """What stands for rows and for columns in rotary positions: (gh,) and (gw,).

    ``"centred"``: patch centres from −1 to 1 (DINOv3). ``"index"``: counted from ``offset`` on, stretched to a grid of
    ``reference`` patches where there is one (EVA-02, Fang et al. 2023, arXiv 2303.11331).
    """
    if kind == "centred":
        rows, columns = (2 * (torch.arange(side) + 0.5 + offset) / side - 1 for side in grid)
        return 2 * torch.pi * rows, 2 * torch.pi * columns
    rows, columns = (
        (torch.arange(side) + offset) / side * whole for side, whole in zip(grid, reference or grid, strict=True)
    )
    return rows, columns


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def rotary_angles(
    grid: tuple[int, int],
    head_width: int,
    theta: float,
    kind: str = "centred",
    offset: float = 0.0,
    reference: tuple[int, int] | None = None,
    columns_first: bool = False,
    neighbours: bool = False,
) -> Tensor:
    """The angle by which each pair of a patch's dimensions is turned: (gh·gw, head_width).

    The axial form of RoPE (DINOv3, Siméoni et al. 2025, arXiv 2508.10104; RoPE: Su et al. 2021, arXiv 2104.09864): a
    quarter of the dimensions turned by the row, a quarter by the column (``columns_first``: the other way round), the
    second half of the head by the same angles again; with ``neighbours`` each angle stands for two dimensions in a row.
    """
    frequency = theta ** -torch.arange(0, 1, 4 / head_width)  # (head_width/4,)
    rows, columns = coordinates(grid, kind, offset, reference)
    row_column = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), dim=-1)  # (gh, gw, 2)
    row_column = row_column.flip(-1) if columns_first else row_column
    angle = rearrange(row_column, "gh gw yx -> (gh gw) yx 1") * frequency
    return in_pairs(rearrange(angle, "p yx f -> p (yx f)"), neighbours)  # (gh·gw, head_width)


def in_pairs(angle: Tensor, neighbours: bool) -> Tensor:
    """An angle for each pair of dimensions as one for each dimension: (…, k/2) → (…, k)."""
    return repeat(angle, "... f -> ... (f two)" if neighbours else "... f -> ... (two f)", two=2)


def places(config: ViTConfig, grid: tuple[int, int]) -> Tensor | None:
    """What a model's blocks need to know of the patches' places (``ViT.places``)."""
    if config.has("relative") or (config.has("rotary") and config.rope_coordinates == "learned"):
        return rows_and_columns(grid)
    if not config.has("rotary"):
        return None
    return rotary_angles(
        grid,
        config.head_width,
        config.rope_theta,
        config.rope_coordinates,
        config.rope_offset,
        config.rope_reference,
        config.rope_columns_first,
        config.rope_neighbours,
    )


def learned_angles(row_column: Tensor, frequency: Tensor, neighbours: bool) -> Tensor:
    """Angles by frequencies that each head learned for row and column: (p, 2), (2, h, k/2) → (h, p, k).

    RoPE-mixed (Heo et al. 2024, arXiv 2403.13298): a pair of dimensions turns by both at once.
    """
    return in_pairs(einsum(row_column, frequency, "p yx, yx h f -> h p f"), neighbours)  # (h, p, k)


def relative_bias(table: Tensor, row_column: Tensor, grid: tuple[int, int], n: int) -> Tensor:
    """What each head adds to a score for how far apart two of ``n`` tokens are: (h, n, n), row = query.

    ``table``: a row for each of (2·gh − 1) · (2·gw − 1) differences of rows and columns, a column for each head; then,
    with a token before the patches, three rows for what that token, the patches toward it and it toward itself add
    (BEiT, Bao et al. 2021, arXiv 2106.08254).
    """
    gh, gw = grid
    apart = rearrange(row_column, "p yx -> p 1 yx") - rearrange(row_column, "p yx -> 1 p yx")  # (p, p, 2)
    row = (apart[..., 0] + gh - 1) * (2 * gw - 1) + apart[..., 1] + gw - 1
    whole = row.new_zeros(n, n)
    first, last = n - row_column.shape[0], len(table) - 1  # not len(row_column): a script would keep that number
    whole[first:, first:] = row
    whole[:first] = last - 2
    whole[:, :first] = last - 1
    whole[:first, :first] = last
    return rearrange(table[whole.long()], "query key h -> h query key")


def rotate(x: Tensor, angle: Tensor, neighbours: bool = False) -> Tensor:
    """Turn each pair of the last tokens' dimensions by its angle: j and j + k/2, or with ``neighbours`` 2j and 2j + 1.

    ``x``: (b, h, n, k); ``angle``: (patches, k), or (h, patches, k). Tokens before the patches are left as they are.
    """
    prefix, patches = x.split((x.shape[-2] - angle.shape[-2], angle.shape[-2]), dim=-2)
    pairs = rearrange(patches, "... (f two) -> two ... f" if neighbours else "... (two f) -> two ... f", two=2)
    quarter = torch.stack((-pairs[1], pairs[0]))  # each pair turned by 90°
    quarter = rearrange(quarter, "two ... f -> ... (f two)" if neighbours else "two ... f -> ... (two f)")
    return torch.cat((prefix, patches * angle.cos() + quarter * angle.sin()), dim=-2)
