"""Gradients of an answer, block by block from the last to the first.

What autograd would keep of the way there, a trace holds already, but for the MLPs' insides. So each block is gone
through from its record (``block_backward.py``), and nothing has to be run forwards but the first layer of its MLP: a
pass costs no more than autograd's own way back, for the first question about a picture and for every other, and needs
the memory of one block, at any size of picture. The numbers are those of ``model.trace(pixels, keep_graph=True)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import torch
from einops import einsum, rearrange
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from vit.analysis.evidence.block_backward import GRADIENT, Rules, gradient_through, through_block
from vit.analysis.evidence.target import Target
from vit.model.pooling import MAPHead
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


KEPT = 2_500_000  # numbers of all residual streams of a pass whose graph is kept: some 170 MB with what is between


@dataclass(frozen=True)
class BlockGradients:
    """One block and the gradients of the answer there, of the first picture.

    ``resid_pre`` (n, d), ``pattern`` (h, n, n): as in the trace. ``d_resid_pre``, ``d_pattern``: the gradients of the
    answer with respect to them, of the same shapes.
    """

    layer: int
    resid_pre: Tensor
    pattern: Tensor
    d_resid_pre: Tensor
    d_pattern: Tensor


@dataclass(frozen=True)
class PoolGradients:
    """The gradients of the answer behind the last block, of the first picture.

    ``d_resid`` (n, d): with respect to the residual stream. ``pattern`` and ``d_pattern`` (h, n): of a MAP head,
    None without one.
    """

    d_resid: Tensor
    pattern: Tensor | None
    d_pattern: Tensor | None


def through_pooling(model: ViT, trace: Trace, target: Target) -> PoolGradients:
    """Final norm, pooling and head backwards."""

    def score(resid: Tensor) -> Tensor:
        return target.score(model.pool_and_classify(resid)[1])[0]

    resid = trace.residual(trace.depth)[:1]  # (1, n, d)
    d_resid = gradient_through(score, resid)[0]  # (n, d)
    if trace.pool_pattern is None or model.map_head is None:
        return PoolGradients(d_resid, None, None)
    parts = model.config.pooling.split("+")
    direction = target.direction.chunk(len(parts))[parts.index("map")]  # (d,)
    pattern = trace.pool_pattern[:1].clone()  # (1, h, n)
    d_pattern = _at_probe(model.map_head, trace.final[:1].clone(), pattern, direction)
    return PoolGradients(d_resid, pattern[0], d_pattern[0])


def _at_probe(head: MAPHead, tokens: Tensor, pattern: Tensor, direction: Tensor) -> Tensor:
    """The gradient of ``pooled · direction`` with respect to a MAP head's pattern (1, h, n)."""
    _, v = rearrange(head.kv(tokens), "b n (kv h k) -> kv b h n k", kv=2, h=head.heads)

    def score(pattern: Tensor) -> Tensor:
        z = einsum(pattern, v, "b h n, b h n k -> b h k")
        read = head.out(rearrange(z, "b h k -> b (h k)"))
        number: Tensor = ((read + head.added(read)) @ direction)[0]
        return number

    return gradient_through(score, pattern)


def through_blocks(model: ViT, trace: Trace, above: Tensor, rules: Rules = GRADIENT) -> Iterator[BlockGradients]:
    """All blocks backwards, the last first, from the gradient ``above`` (n, d) behind it."""
    places = model.places(trace.layout)
    for layer in reversed(range(trace.depth)):
        record = trace.blocks[layer]
        record = replace(record, attention=record.attended)  # looked at once: it may have to be computed
        d_resid, d_pattern = through_block(
            model.blocks[layer], model.config.activation, record, places, above[None], rules
        )
        above = d_resid[0]  # (n, d)
        yield BlockGradients(layer, record.resid_pre[0], record.pattern[0], above, d_pattern[0])


def pixel_gradient(model: ViT, pixels: Tensor, target: Target) -> Tensor:
    """The gradient of the answer with respect to the pixels (b, c, height, width), for each picture its own.

    Of a small pass the whole graph is kept, 80 MB of ViT-S at 224 px; of one with more than ``KEPT`` numbers in its
    residual streams each block's is made anew on the way back.
    """
    places = model.places(model.layout(pixels))
    with torch.inference_mode(False), torch.enable_grad():
        pixels = pixels.clone().requires_grad_()
        resid = model.embed(pixels)[3]  # (b, n, d)
        kept = resid.numel() * model.config.depth <= KEPT
        for block in model.blocks:
            through = partial(block.forward_unrecorded, places=places)
            resid = through(resid) if kept else checkpoint(through, resid, use_reentrant=False)
        [gradient] = torch.autograd.grad(target.score(model.pool_and_classify(resid)[1]).sum(), pixels)
    return gradient
