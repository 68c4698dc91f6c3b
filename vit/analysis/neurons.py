"""The neurons of an MLP: where in the picture one is active, what it writes, and which classes that favours.

An MLP is a sum over its neurons: each reads with a row of W₁ how far it is active, and adds its column of W₂ so many
times (Geva et al. 2021, "Transformer feed-forward layers are key-value memories", arXiv 2012.14913, section 2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from vit.analysis.norms import linear_part, through_norm
from vit.model.pooling import first_pooled
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


@torch.inference_mode()
def activity(model: ViT, trace: Trace, layer: int, neuron: int) -> np.ndarray:
    """How active a neuron is on every patch: (gh·gw,)."""
    activated = model.mlp_of(layer, trace.blocks[layer]).activated  # (b, n, mlp)
    return trace.layout.patches(activated)[0, :, neuron].numpy().copy()


@torch.inference_mode()
def written(model: ViT, layer: int, neuron: int) -> Tensor:
    """What one unit of a neuron's activity adds to a token's vector, LayerScale included: (d,).

    Where norms stand behind the activation or behind the MLP, up to the deviations that they divide by.
    """
    block = model.blocks[layer]
    one = torch.zeros(block.mlp.down.in_features)
    one[neuron] = 1
    return linear_part(block.scale2, block.mlp.down.weight @ linear_part(block.mlp.norm, one))


@torch.inference_mode()
def pushes(model: ViT, trace: Trace, direction: Tensor) -> np.ndarray | None:
    """By how much each logit rises where ``direction`` (d,) is added to every token after the last block: (classes,).

    The final norm's scale is held at what it is for this picture, which makes it a sum: of what the head reads, a token
    gets γ (w − mean w) / σ of its own. None for a model without a head, or where more than a sum lies between: a MAP
    head's layers, a maximum.
    """
    parts = model.config.pooling.split("+")
    if model.head is None or not all(part in ("mean", *trace.layout.prefix) for part in parts):
        return None
    last = trace.blocks[-1].resid_post[0]  # (n, d)
    final, moved = model.norm(last), through_norm(model.norm, last, direction).expand_as(last)  # (n, d)
    reads, moves = [], []
    for part in parts:
        first = first_pooled(model.config, part)
        tokens = slice(first, None) if part == "mean" else slice(at := trace.layout.prefix.index(part), at + 1)
        reads.append(final[tokens].mean(dim=0))
        moves.append(moved[tokens].mean(dim=0))
    pushed = through_norm(model.pooled_norm, torch.cat(reads), torch.cat(moves))  # (parts·d,)
    logits: Tensor = model.head.weight @ pushed
    return logits.numpy()
