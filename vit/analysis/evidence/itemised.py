"""An answer's number as an exact sum of what embedding, heads, MLPs and biases brought.

Every block adds to the residual stream, and with the final norm's deviation held what reads it is linear: so the
number is a sum over all that was ever added (Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits":
direct logit attribution). What a part brings by way of later blocks counts as theirs. A MAP head's pattern is held too,
and what its MLP makes of the rest is an item of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from einops import einsum, rearrange
from torch import Tensor

from vit.analysis.evidence.block_backward import gradient_through
from vit.analysis.evidence.held import held_pooling
from vit.analysis.evidence.target import Target
from vit.analysis.norms import back_through
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


@dataclass(frozen=True)
class Itemised:
    """The parts of an answer's number. ``embedding``: what enters the first block; ``heads`` (blocks, h) and ``mlps``
    (blocks,): what each adds; ``attention_bias`` (blocks,): the bias behind the heads; ``pooling_mlp``: a MAP head's,
    0 without one; ``bias``: of the final norm and the head. ``answer``: the number the model gave."""

    embedding: float
    heads: np.ndarray
    attention_bias: np.ndarray
    mlps: np.ndarray
    pooling_mlp: float
    bias: float
    answer: float

    @property
    def total(self) -> float:
        parts = self.embedding + self.pooling_mlp + self.bias
        return float(parts + self.heads.sum() + self.attention_bias.sum() + self.mlps.sum())

    @property
    def blocks(self) -> np.ndarray:
        """What each block brought: (blocks,)."""
        sums: np.ndarray = self.heads.sum(-1) + self.attention_bias + self.mlps
        return sums


def reading(model: ViT, trace: Trace, target: Target) -> tuple[Tensor, float, float]:
    """How the answer is read from the last residual stream: factors (n, d) in float64, a shift, and what a MAP head's
    MLP adds; answer = Σ factors · stream + shift + that."""
    resid = trace.residual(trace.depth)[:1]  # (1, n, d)

    def score(resid: Tensor) -> Tensor:
        return target.score(held_pooling(model, resid, pattern_held=True)[0])[0]

    factors = gradient_through(score, resid)[0].double()  # (n, d)
    with torch.no_grad():
        resid = resid.clone()
        read, added = held_pooling(model, resid, pattern_held=True)
        of_mlp = float(added[0] @ target.direction)
        shift = float(target.score(read)[0]) - float((factors * resid[0]).sum())
    return factors, shift, of_mlp


def itemised(model: ViT, trace: Trace, target: Target) -> Itemised:
    """The answer of the first picture, item by item."""
    factors, bias, pooling_mlp = reading(model, trace, target)
    heads, biases, mlps = [], [], []
    for layer, block in enumerate(trace.blocks):
        through = _through_heads(model, trace, layer, factors)  # (h, n, k)
        heads.append((block.z[0] * through).sum(dim=(1, 2)).numpy())  # (h,)
        biases.append(float((factors * block.attn_out[0]).sum() - heads[-1].sum()))
        mlps.append(float((factors * block.mlp_out[0]).sum()))
    return Itemised(
        embedding=float((factors * trace.tokens[0]).sum()),
        heads=np.stack(heads),
        attention_bias=np.array(biases),
        mlps=np.array(mlps),
        pooling_mlp=pooling_mlp,
        bias=bias,
        answer=float(target.score(trace.pooled[:1].clone())[0]),
    )


def sources(model: ViT, trace: Trace, target: Target, layer: int, head: int) -> np.ndarray:
    """From which tokens a head took what it brought: (n,), prefix tokens first; they sum to its item."""
    factors, _, _ = reading(model, trace, target)
    through = _through_heads(model, trace, layer, factors)[head]  # (n, k)
    attended = trace.blocks[layer].attended
    worth = einsum(through, attended.v[0, head].double(), "query k, key k -> query key")
    return einsum(attended.pattern[0, head].double(), worth, "query key, query key -> key").numpy()


def _through_heads(model: ViT, trace: Trace, layer: int, factors: Tensor) -> Tensor:
    """How the answer is read from what each head gives, before heads are joined: (h, n, k)."""
    block, z = model.blocks[layer], trace.blocks[layer].z[:1]
    scaled = back_through(block.scale1, block.attention.join(z)[0], factors)  # (n, d)
    joined = scaled @ block.attention.out.weight.double()  # (n, h·k)
    heads = back_through(block.attention.norm, rearrange(z[0], "h n k -> n (h k)"), joined)
    through: Tensor = rearrange(heads, "n (h k) -> h n k", h=block.attention.heads)
    return through
