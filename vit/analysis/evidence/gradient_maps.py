"""Maps that need the answer's plain gradient: Grad-CAM, LeGrad and Chefer's rule, all from one backward pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from einops import einsum, reduce
from torch import Tensor

from vit.analysis.evidence.backward import BlockGradients, PoolGradients, through_blocks, through_pooling
from vit.analysis.evidence.target import Target
from vit.model.config import ViTConfig
from vit.model.layout import TokenLayout
from vit.model.pooling import REDUCED, first_pooled
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


@dataclass(frozen=True)
class GradientMaps:
    """A number a patch, (gh·gw,) each, none below 0; ``cam_level``: the level of the residual stream (0 before the
    first block) at which Grad-CAM reads it."""

    grad_cam: np.ndarray
    legrad: np.ndarray
    chefer: np.ndarray
    cam_level: int


def cam_level(depth: int) -> int:
    """Three quarters of the way up: further on, patches have passed on what they hold, and with CLS pooling the
    gradient behind the last block is exactly zero at every patch."""
    return depth * 3 // 4


def gradient_maps(model: ViT, trace: Trace, target: Target) -> GradientMaps:
    """All three for the first picture of ``trace``."""
    layout, level = trace.layout, cam_level(trace.depth)
    pooled = through_pooling(model, trace, target)
    taken = looked_at_by_pooling(pooled, layout, model.config)  # (n,)
    start, legrad, cam = taken, torch.zeros(layout.n_tokens), torch.zeros(layout.n_patches)
    if pooled.pattern is not None and pooled.d_pattern is not None:
        legrad = reduce(pooled.d_pattern.clamp(min=0), "h key -> key", "mean")  # (n,)
    for block in through_blocks(model, trace, pooled.d_resid):
        legrad = legrad + sensitivity(block)
        taken = taken + taken @ weighted_pattern(block)  # (n,)
        if block.layer == level:
            cam = grad_cam(block, layout)
    return GradientMaps(
        grad_cam=cam.numpy(),
        legrad=layout.patches(legrad / trace.depth, axis=-1).numpy(),
        chefer=layout.patches(taken - start, axis=-1).numpy(),
        cam_level=level,
    )


def grad_cam(block: BlockGradients, layout: TokenLayout) -> Tensor:
    """relu(Σ_d α_d x_d), α: the gradient's mean over the patches, x: the patches before this block, (gh·gw,).

    Selvaraju et al. 2017 (arXiv 1610.02391), eq. 1 and 2, a dimension in the place of a feature map.
    """
    weights = reduce(layout.patches(block.d_resid_pre), "p d -> d", "mean")
    return einsum(layout.patches(block.resid_pre), weights, "p d, d -> p").clamp(min=0)


def sensitivity(block: BlockGradients) -> Tensor:
    """How much more of each token would raise the answer: relu of the pattern's gradient, mean over heads and
    queries, (n,).

    Bousselham et al. 2024, "LeGrad" (arXiv 2404.03214), section 3; here of the model's own answer in every block,
    where the paper reads an answer of its own behind each, so that one backward pass is enough.
    """
    return reduce(block.d_pattern.clamp(min=0), "h query key -> key", "mean")


def weighted_pattern(block: BlockGradients) -> Tensor:
    """Mean over heads of relu(gradient ⊙ pattern), (n, n): Chefer et al. 2021 (arXiv 2103.15679), eq. 5."""
    return reduce((block.d_pattern * block.pattern).clamp(min=0), "h query key -> query key", "mean")


def looked_at_by_pooling(pooled: PoolGradients, layout: TokenLayout, config: ViTConfig) -> Tensor:
    """From which tokens the answer is read, and how much from each, (n,): where Chefer's rule begins.

    1 for a token that is pooled, an equal share of 1 for each token of a mean, of a maximum its share of the gradient's
    length, Chefer's own weights for a MAP head's pattern; the mean over parts that stand side by side.
    """
    parts = config.pooling.split("+")
    looks = torch.zeros(layout.n_tokens)
    for part in parts:
        if part == "mean":
            first = first_pooled(config, part)
            looks[first:] += 1 / (layout.n_tokens - first)
        elif part in REDUCED:
            length = pooled.d_resid.norm(dim=-1)  # (n,)
            looks += length / length.sum()
        elif part in layout.prefix:
            looks[layout.prefix.index(part)] += 1
        elif pooled.pattern is not None and pooled.d_pattern is not None:
            looks += reduce((pooled.d_pattern * pooled.pattern).clamp(min=0), "h key -> key", "mean")
    return looks / len(parts)
