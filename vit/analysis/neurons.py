"""The neurons of an MLP: where in the picture one is active, what it writes, and which classes that favours.

An MLP is a sum over its neurons: each reads with a row of W₁ how far it is active, and adds its column of W₂ so many
times (Geva et al. 2021, "Transformer feed-forward layers are key-value memories", arXiv 2012.14913, section 2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


@torch.inference_mode()
def activity(model: ViT, trace: Trace, layer: int, neuron: int) -> np.ndarray:
    """How active a neuron is on every patch: (gh·gw,)."""
    activated = model.mlp_of(layer, trace.blocks[layer].resid_mid).activated  # (b, n, mlp)
    return trace.layout.patches(activated)[0, :, neuron].numpy().copy()


@torch.inference_mode()
def written(model: ViT, layer: int, neuron: int) -> Tensor:
    """What one unit of a neuron's activity adds to a token's vector, LayerScale included: (d,)."""
    block = model.blocks[layer]
    direction: Tensor = block.scale2(block.mlp.down.weight[:, neuron])
    return direction


@torch.inference_mode()
def pushes(model: ViT, trace: Trace, direction: Tensor) -> np.ndarray | None:
    """By how much each logit rises where ``direction`` (d,) is added to every token after the last block: (classes,).

    The final norm's scale is held at what it is for this picture, which makes it a sum: of what the head reads, a token
    gets γ (w − mean w) / σ of its own. None for a model without a head, or with a MAP head, whose layers lie between.
    """
    if model.head is None or model.map_head is not None:
        return None
    last = trace.blocks[-1].resid_post[0]  # (n, d)
    deviation = (last.var(dim=-1, correction=0) + model.norm.eps).sqrt()  # (n,)
    through = model.norm.weight * (direction - direction.mean())  # (d,)
    parts = model.config.pooling.split("+")
    logits = torch.zeros(model.config.n_classes)
    for part, weight in zip(parts, model.head.weight.chunk(len(parts), dim=-1), strict=True):
        if part in trace.layout.prefix:
            share = 1 / deviation[trace.layout.prefix.index(part)]
        else:
            share = (1 / deviation[trace.layout.n_prefix :]).mean()
        logits = logits + weight @ through * share
    return logits.numpy()
