"""Blocks with two attentions side by side, then two MLPs: timm's ``ParallelThingsBlock`` (Touvron et al. 2022, arXiv
2203.09795, section 3).

Both of a pair read the same stream, each through a norm of its own, and both add. That is one attention with twice the
heads and one MLP with twice the neurons, whose weights hold what the two norms and LayerScales do to each half.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from einops import rearrange
from torch import Tensor

from vit.families.keys import Keys, Made
from vit.model.config import ViTConfig

SIDE = 2  # timm's ParallelThingsBlock has two of each


def pair_keys(config: ViTConfig) -> Keys:
    """Our names → theirs. What is left of both norms is the part without factor and shift."""
    block = "blocks.{i}"
    attention, mlp = f"{block}.attns", f"{block}.ffns"
    found: dict[str, Made] = {}
    for ours, theirs in (("norm1", attention), ("norm2", mlp)):
        found[f"{block}.{ours}.weight"] = Made((f"{theirs}.0.norm.weight",), torch.ones_like)
        found[f"{block}.{ours}.bias"] = Made((f"{theirs}.0.norm.bias",), torch.zeros_like)
    for target, module, side_by_side in (
        (f"{block}.attention.qkv", f"{attention}.#.attn.qkv", _by_kind),
        (f"{block}.mlp.up", f"{mlp}.#.mlp.fc1", torch.cat),
    ):
        found |= _behind_norms(target, module, module.split("#")[0] + "#.norm", side_by_side)
    found |= _before_scales(f"{block}.attention.out", f"{attention}.#.attn.proj", f"{attention}.#.ls.gamma")
    found |= _before_scales(f"{block}.mlp.down", f"{mlp}.#.mlp.fc2", f"{mlp}.#.ls.gamma")
    return found


def _each(*names: str) -> tuple[str, ...]:
    """All names of the first of the pair, then of the second."""
    return tuple(name.replace("#", str(side)) for side in range(SIDE) for name in names)


def _by_kind(halves: list[Tensor]) -> Tensor:
    """The queries of both, then the keys of both, then the values."""
    return rearrange([rearrange(half, "(qkv hk) ... -> qkv hk ...", qkv=3) for half in halves],
                     "side qkv hk ... -> (qkv side hk) ...")  # fmt: skip


def _behind_norms(target: str, module: str, norm: str, join: Callable[[list[Tensor]], Tensor]) -> dict[str, Made]:
    """W (γ x + β) + b = (W γ) x + (W β + b), for each of the pair."""

    def weight(*found: Tensor) -> Tensor:
        return join([w * gamma for w, gamma in _of_each(found, 2)])

    def bias(*found: Tensor) -> Tensor:
        return join([w @ beta + b for w, beta, b in _of_each(found, 3)])

    return {
        f"{target}.weight": Made(_each(f"{module}.weight", f"{norm}.weight"), weight),
        f"{target}.bias": Made(_each(f"{module}.weight", f"{norm}.bias", f"{module}.bias"), bias),
    }


def _before_scales(target: str, module: str, gamma: str) -> dict[str, Made]:
    """γ (W x + b) = (γ W) x + γ b, summed over the pair."""

    def weight(*found: Tensor) -> Tensor:
        return torch.cat([rearrange(scale, "d -> d 1") * w for w, scale in _of_each(found, 2)], dim=1)

    def bias(*found: Tensor) -> Tensor:
        return torch.stack([scale * b for b, scale in _of_each(found, 2)]).sum(0)

    return {
        f"{target}.weight": Made(_each(f"{module}.weight", gamma), weight),
        f"{target}.bias": Made(_each(f"{module}.bias", gamma), bias),
    }


def _of_each(found: tuple[Tensor, ...], count: int) -> list[tuple[Tensor, ...]]:
    return [found[first : first + count] for first in range(0, len(found), count)]
