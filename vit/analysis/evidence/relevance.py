"""AttnLRP: an answer's number handed back from block to block to the tokens, each product's factors paid by half.

Achtibat et al. 2024, "AttnLRP: Attention-Aware Layer-Wise Relevance Propagation for Transformers" (arXiv 2402.05602),
section 3: linear layers by the ε-rule with ε = 0, activations and norms as linear with what they depend on held,
softmax by its gradient, products of two tensors by half to each. All of these are input times gradient in a model whose
blocks are :func:`relevance_block`.
"""

from __future__ import annotations

from functools import partial
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from vit.analysis.evidence.backward import gradient_through
from vit.analysis.evidence.held import half, held_activation, held_pooling
from vit.analysis.evidence.target import Target
from vit.analysis.norms import held_norm
from vit.model.layers import Block
from vit.model.limits import Activation
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


def relevance_block(block: Block, activation: Activation, resid: Tensor, angle: Tensor | None) -> Tensor:
    """What the block does with a residual stream (b, n, d), to the same numbers; its gradient hands relevance on."""
    attention, mlp = block.attention, block.mlp
    q, k, v = attention.split(held_norm(block.norm1, resid), angle)  # (b, h, n, k) each
    scores = half(q) @ half(k).mT / sqrt(q.shape[-1])  # (b, h, n, n)
    bias = attention.bias(resid.shape[1], angle)  # (h, n, n)
    pattern = torch.softmax(scores if bias is None else scores + bias, dim=-1)  # (b, h, n, n)
    z = held_norm(attention.norm, rearrange(half(pattern @ v), "b h n k -> b n (h k)"))
    resid_mid = resid + held_norm(block.scale1, attention.out(z))  # (b, n, d)
    read = held_norm(block.norm2, block.read_by_mlp(resid, resid_mid))  # (b, n, d)
    activated = held_activation(activation, mlp.up(read))  # (b, n, mlp)
    resid_post: Tensor = resid_mid + held_norm(block.scale2, mlp.down(held_norm(mlp.norm, activated)))
    return resid_post


def relevance(model: ViT, trace: Trace, target: Target) -> np.ndarray:
    """What each token brought to the answer, signed: (n,), prefix tokens first.

    They sum to the answer's number less what biases brought and what softmax takes or gives (it has no rule that
    keeps sums).
    """
    angle = model.places(trace.layout)

    def score(resid: Tensor) -> Tensor:
        read, added = held_pooling(model, resid, pattern_held=False)
        return target.score(read + added)[0]

    above = gradient_through(score, trace.residual(trace.depth)[:1])  # (1, n, d)
    for layer in reversed(range(trace.depth)):
        hand_on = partial(relevance_block, model.blocks[layer], model.config.activation, angle=angle)
        above = gradient_through(hand_on, trace.residual(layer)[:1], above)
    return (trace.tokens[0] * above[0]).sum(dim=-1).numpy()
