"""Parts of a model with something held at its value in this pass: same numbers, another gradient.

What is held is treated as if it did not depend on the picture, which makes the rest linear: input times gradient is
then exactly what the input brought to the output. Used by the relevance pass and by the logit as a sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from einops import rearrange, repeat
from torch import Tensor

from vit.analysis.norms import held_norm
from vit.model.activations import ACTIVATIONS
from vit.model.layers import attend
from vit.model.limits import Activation
from vit.model.pooling import REDUCED, MAPHead, first_pooled

if TYPE_CHECKING:
    from vit.model.vit import ViT


def half(x: Tensor) -> Tensor:
    """``x`` itself, its gradient halved: what is a product gives half of its relevance to each factor."""
    return 0.5 * x + 0.5 * x.detach()


def held_activation(activation: Activation, x: Tensor) -> Tensor:
    """An activation as x times a held ratio; of SwiGLU's two factors each gets half (arXiv 2402.05602, section 3)."""
    if activation == "swiglu":
        gate, value = x.chunk(2, dim=-1)
        return half(gate * gate.sigmoid().detach() * value)
    ratio = ACTIVATIONS[activation](x.detach()) / x.detach()  # 0 / 0 only at 0 itself
    return x * ratio.nan_to_num(nan=0.5)


def held_pooling(model: ViT, resid: Tensor, *, pattern_held: bool) -> tuple[Tensor, Tensor]:
    """What pooling reads from a residual stream (b, n, d), and what a MAP head's MLP adds to it: (b, parts·d) each.

    The second is zero without a MAP head. ``pattern_held``: the first is then linear in the residual stream (but for
    a shift); otherwise a MAP head's pattern and its values get half of the relevance each.
    """
    final = held_norm(model.norm, resid)  # (b, n, d)
    reads, adds = [], []
    for part in model.config.pooling.split("+"):
        first = first_pooled(model.config, part)
        added = torch.zeros_like(final[:, 0])  # (b, d)
        if part == "map" and model.map_head is not None:
            read = _read_by_probe(model.map_head, final[:, first:], pattern_held)  # (b, d)
            if (mlp := model.map_head.mlp) is not None:
                up = mlp.up(held_norm(model.map_head.norm, read))  # (b, mlp)
                added = mlp.down(held_activation(model.config.activation, up))
        elif part in REDUCED:
            read = REDUCED[part](final[:, first:])
        else:
            read = final[:, model.config.prefix.index(part)]
        reads.append(held_norm(model.pooled_norm, read))
        adds.append(added)
    return torch.cat(reads, dim=-1), torch.cat(adds, dim=-1)


def _read_by_probe(head: MAPHead, x: Tensor, pattern_held: bool) -> Tensor:
    """What a MAP head's attention takes from tokens (b, n, d), before its MLP: (b, d)."""
    q = repeat(head.q(head.probe), "(h k) -> b h 1 k", b=len(x), h=head.heads)
    k, v = rearrange(head.kv(x), "b n (kv h k) -> kv b h n k", kv=2, h=head.heads)
    z, pattern = attend(q, k, v)  # (b, h, 1, k), (b, h, 1, n)
    z = pattern.detach() @ v if pattern_held else half(z)
    read: Tensor = head.out(rearrange(z, "b h 1 k -> b (h k)"))
    return read
