"""The position embedding: how alike positions are, what they weigh, and what happens without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from vit.model import Edits

SHUFFLE_SEED = 0


def shuffled(position_embedding: Tensor) -> Tensor:
    """The same rows in another order (always the same one): every token is told a wrong place."""
    order = torch.randperm(len(position_embedding), generator=torch.Generator().manual_seed(SHUFFLE_SEED))
    return position_embedding[order]


POSITION_EDITS: dict[str, Edits] = {
    "kept": {},
    "left out": {"position_embedding": torch.zeros_like},
    "shuffled": {"position_embedding": shuffled},
}
