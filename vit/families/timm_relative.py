"""Relative positions of timm's models: a table that was learned, or a small network that makes one."""

from __future__ import annotations

from functools import partial

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from vit.families.keys import Made, OneOf

_TABLE = "relative_position_bias_table"
_LAYERS = ("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")


def relative_ways(grid: tuple[int, int], prefix: int) -> OneOf:
    """The table of a block's heads: its own, all blocks', the sum of both, or what a network makes of distances."""
    block = "blocks.{i}.attn"
    shared, network = f"rel_pos_bias.{_TABLE}", partial(_by_network, grid, prefix)
    tables = [(f"{block}.{_TABLE}", shared), (f"{block}.{_TABLE}",), (shared,), (f"{block}.rel_pos.{_TABLE}",)]
    networks = [tuple(f"{owner}.mlp.{name}" for name in _LAYERS) for owner in (f"{block}.rel_pos", "shared_rel_pos")]
    return OneOf(
        (
            *(Made(names, lambda *found: torch.stack(found).sum(0)) for names in tables),
            Made((f"shared_rel_pos.{_TABLE}",), lambda table: table),
            *(Made(names, network) for names in networks),
        )
    )


def _by_network(
    grid: tuple[int, int], prefix: int, up: Tensor, up_bias: Tensor, down: Tensor, down_bias: Tensor
) -> Tensor:
    """What timm's ``RelPosMlp`` says of every two patches of ``grid``: ((2·gh − 1) · (2·gw − 1), heads).

    It reads sign(x) · log(1 + |x|) of the difference of rows and of columns; a token before the patches gets zeros.
    """
    apart = torch.meshgrid(*(torch.arange(1.0 - side, side) for side in grid), indexing="ij")
    far = rearrange(torch.stack(apart), "yx rows columns -> (rows columns) yx")
    hidden = F.linear(far.sign() * far.abs().log1p(), up, up_bias).relu()
    return F.pad(F.linear(hidden, down, down_bias), (0, 0, 0, 3 * prefix))
