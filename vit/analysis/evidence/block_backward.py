"""One block backwards, from what a trace holds of it.

A gradient behind the block becomes the gradient before it, and on the way that of the pattern. Queries, keys, values
and patterns are the trace's own; a linear layer needs nothing of the way there, so that of the forward pass only the
first layer of the MLP is computed again. Norms and activations are handed to autograd one at a time. :class:`Rules`
says what is done where a block is not linear: what a gradient does, or what relevance does (``relevance.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import torch
from einops import rearrange
from torch import Tensor, nn

from vit.model.activations import ACTIVATIONS
from vit.model.layers import Block, LayerScale
from vit.model.limits import Activation
from vit.model.trace import Attended, BlockTrace


@dataclass(frozen=True)
class Rules:
    """``norm(module, x, above)``: from ``above``, behind a norm of x, to what is before it. ``activation(name, x)``: a
    function of x whose gradient is taken. ``share``: how much of it each factor gets of what is a product of two
    tensors."""

    norm: Callable[[nn.Module, Tensor, Tensor], Tensor]
    activation: Callable[[Activation, Tensor], Tensor]
    share: float


def gradient_through(function: Callable[[Tensor], Tensor], x: Tensor, above: Tensor | None = None) -> Tensor:
    """The gradient at ``x``, given the one ``above`` at ``function(x)``; None where that is a single number."""
    with torch.inference_mode(False), torch.enable_grad():
        x = x.clone().requires_grad_()
        [gradient] = torch.autograd.grad(function(x), x, above)
    return gradient


GRADIENT = Rules(gradient_through, lambda name, x: ACTIVATIONS[name](x), share=1.0)


@torch.no_grad()
def through_block(
    block: Block, activation: Activation, record: BlockTrace, places: Tensor | None, above: Tensor, rules: Rules
) -> tuple[Tensor, Tensor]:
    """From the gradient ``above`` (1, n, d) behind the block: the gradients before it, (1, n, d), and at the pattern,
    (1, h, n, n), of the first picture of ``record``."""
    resid, mid = record.resid_pre[:1], record.resid_mid[:1]  # (1, n, d)
    d_read = _through_mlp(block, activation, block.read_by_mlp(resid, mid), above, rules)  # (1, n, d)
    d_mid = above if block.parallel else above + d_read
    d_normed, d_pattern = _through_attention(block, resid, record.attended, places, d_mid, rules)
    d_resid = d_mid + _through_norm(rules, block.norm1, lambda: resid, d_normed)
    return d_resid + d_read if block.parallel else d_resid, d_pattern


def _through_norm(rules: Rules, norm: nn.Module, x: Callable[[], Tensor], above: Tensor) -> Tensor:
    """``x`` is called where a gradient depends on it, which it does for norms alone."""
    if isinstance(norm, nn.Identity):
        return above
    if isinstance(norm, LayerScale):
        return above * norm.gamma
    return rules.norm(norm, x(), above)


def _through_mlp(block: Block, activation: Activation, read: Tensor, above: Tensor, rules: Rules) -> Tensor:
    """From behind the branch to the stream ``read`` (1, n, d) before its norm."""
    mlp = block.mlp
    up = mlp.up(block.norm2(read))  # (1, n, mlp), twice as wide for SwiGLU

    def activated() -> Tensor:
        return mlp.activation(up.clone())  # (1, n, mlp); a served model's activation writes over its input

    d_out = _through_norm(rules, block.scale2, lambda: mlp.down(mlp.norm(activated())), above)  # (1, n, d)
    d_hidden = _through_norm(rules, mlp.norm, activated, d_out @ mlp.down.weight)  # (1, n, mlp)
    d_up = gradient_through(lambda at: rules.activation(activation, at), up, d_hidden)
    return _through_norm(rules, block.norm2, lambda: read, d_up @ mlp.up.weight)


def _through_attention(
    block: Block, resid: Tensor, attended: Attended, places: Tensor | None, above: Tensor, rules: Rules
) -> tuple[Tensor, Tensor]:
    """From behind the branch to what ``qkv`` reads, (1, n, d), and to the pattern, (1, h, n, n)."""
    attention = block.attention
    q, k, v, pattern = (tensor[:1] for tensor in (attended.q, attended.k, attended.v, attended.pattern))

    def joined() -> Tensor:
        return rearrange(pattern @ v, "b h n k -> b n (h k)")

    d_out = _through_norm(rules, block.scale1, lambda: attention.out(attention.norm(joined())), above)  # (1, n, d)
    d_joined = _through_norm(rules, attention.norm, joined, d_out @ attention.out.weight)  # (1, n, h·k)
    d_z = rules.share * rearrange(d_joined, "b n (h k) -> b h n k", h=attention.heads)
    d_pattern = d_z @ v.mT  # (1, h, n, n)
    weighted = pattern * d_pattern
    d_scores = torch.addcmul(weighted, pattern, -weighted.sum(dim=-1, keepdim=True))  # softmax backwards
    d_qk = rules.share / sqrt(q.shape[-1]) * torch.stack([d_scores @ k, d_scores.mT @ q])  # (2, 1, h, n, k)
    if attention.rotary or not isinstance(attention.q_norm, nn.Identity):
        # Where q and k are only turned, the gradient is the same at any q and k: these stand for those before.
        linear = isinstance(attention.q_norm, nn.Identity)
        before = torch.stack([q, k] if linear else attention.apart(block.norm1(resid))[:2])
        d_qk = gradient_through(lambda at: torch.stack(attention.placed(at[0], at[1], places)), before, d_qk)
    d_qkv = torch.cat([d_qk, (pattern.mT @ d_z)[None]])  # (3, 1, h, n, k)
    return rearrange(d_qkv, "qkv b h n k -> b n (qkv h k)") @ attention.qkv.weight, d_pattern
