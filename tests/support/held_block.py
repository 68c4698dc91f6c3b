"""AttnLRP's rules as a block that autograd can go through: the way to write it down that needs no way back."""

from __future__ import annotations

from math import sqrt

import torch
from einops import rearrange
from torch import Tensor

from vit.analysis.evidence.held import half, held_activation
from vit.analysis.norms import held_norm
from vit.model.layers import Block
from vit.model.limits import Activation


def held_block(block: Block, activation: Activation, resid: Tensor, places: Tensor | None) -> Tensor:
    """What the block does with a residual stream (b, n, d), to the same numbers; its gradient hands relevance on."""
    attention, mlp = block.attention, block.mlp
    q, k, v = attention.split(held_norm(block.norm1, resid), places)  # (b, h, n, k) each
    scores = half(q) @ half(k).mT / sqrt(q.shape[-1])  # (b, h, n, n)
    bias = attention.bias(resid.shape[1], places)  # (h, n, n)
    pattern = torch.softmax(scores if bias is None else scores + bias, dim=-1)  # (b, h, n, n)
    z = held_norm(attention.norm, rearrange(half(pattern @ v), "b h n k -> b n (h k)"))
    resid_mid = resid + held_norm(block.scale1, attention.out(z))  # (b, n, d)
    read = held_norm(block.norm2, block.read_by_mlp(resid, resid_mid))  # (b, n, d)
    activated = held_activation(activation, mlp.up(read))  # (b, n, mlp)
    resid_post: Tensor = resid_mid + held_norm(block.scale2, mlp.down(held_norm(mlp.norm, activated)))
    return resid_post
