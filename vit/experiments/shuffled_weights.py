"""A model that has forgotten what it learned: a map that stays the same with it does not explain the model.

Adebayo et al. 2018, "Sanity Checks for Saliency Maps" (arXiv 1810.03292), section 3: model parameter randomisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from vit.model.vit import ViT

ALIKE = 0.5  # a rank correlation above this, either way round, is no change


@torch.no_grad()
def shuffled(model: ViT, seed: int = 0) -> ViT:
    """A copy whose every matrix and vector in patch embedding and blocks has the same numbers at other places."""
    other = type(model)(model.config, model.preprocessing).eval().requires_grad_(False)
    other.load_state_dict(model.state_dict())
    generator = torch.Generator().manual_seed(seed)
    for part in (other.patch_embedding, other.blocks):
        for parameter in part.parameters():
            order = torch.randperm(parameter.numel(), generator=generator)
            parameter.copy_(parameter.flatten()[order].view_as(parameter))
    return other


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's correlation of two maps (gh·gw,): 1 for the same order, −1 for the reverse, 0 where one is flat."""
    ranks = [_ranks(values) for values in (one, other)]
    spread = [rank.std() for rank in ranks]
    if not all(spread):
        return 0.0
    return float(((ranks[0] - ranks[0].mean()) * (ranks[1] - ranks[1].mean())).mean() / (spread[0] * spread[1]))


def _ranks(values: np.ndarray) -> np.ndarray:
    """The place of each value in their order, equal ones sharing the middle of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    middle: np.ndarray = (np.cumsum(count) - (count - 1) / 2)[place]
    return middle
