"""Blocks whose attention and MLP read the same, through matrices that are joined into one: timm's
``ParallelScalingBlock`` (ViT-22B, Dehghani et al. 2023, arXiv 2302.05442, figure 2)."""

from __future__ import annotations

from torch import Tensor

from vit.families.keys import Keys, Made, OneOf, layer, same
from vit.model.config import ViTConfig


def joined_keys(config: ViTConfig) -> Keys:
    """Our names → theirs. In one matrix stand the MLP's first layer, then queries, keys and values."""
    block = "blocks.{i}"
    first, joined = config.mlp_width, f"{block}.in_proj"

    def mlp(rows: Tensor) -> Tensor:
        return rows[:first].clone()

    def qkv(rows: Tensor) -> Tensor:
        return rows[first:].clone()

    return {
        **layer(f"{block}.norm1", f"{block}.in_norm"),
        **layer(f"{block}.norm2", f"{block}.in_norm"),
        f"{block}.attention.qkv.weight": Made((f"{joined}.weight",), qkv),
        f"{block}.attention.qkv.bias": Made((f"{joined}.bias",), qkv),
        f"{block}.mlp.up.weight": Made((f"{joined}.weight",), mlp),
        f"{block}.mlp.up.bias": OneOf((Made((f"{joined}.bias",), mlp), *same(f"{block}.mlp_bias").ways)),
        **layer(f"{block}.attention.out", f"{block}.attn_out_proj"),
        **layer(f"{block}.mlp.down", f"{block}.mlp_out_proj"),
        **layer(f"{block}.attention.q_norm", f"{block}.q_norm"),
        **layer(f"{block}.attention.k_norm", f"{block}.k_norm"),
        f"{block}.scale1.gamma": f"{block}.ls.gamma",
        f"{block}.scale2.gamma": f"{block}.ls.gamma",
    }
