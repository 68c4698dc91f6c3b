"""A pass with positions left out or shuffled, and what that does to the output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from vit.analysis.similarity import cosine
from vit.experiments.last_block import last_block_recorded
from vit.model.edits import Edit, Edits
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT

SHUFFLE_SEED = 0


def shuffled(table: Tensor) -> Tensor:
    """The same rows in another order (always the same one): tokens are told each other's places."""
    order = torch.randperm(len(table), generator=torch.Generator().manual_seed(SHUFFLE_SEED))
    return table[order]


# A model has one, both or none of the two: what is added to its tokens, and the angles by which q and k are turned.
POSITION_EDITS: dict[str, Edits] = {
    "kept": {},
    "left out": {"position_embedding": torch.zeros_like, "places": torch.zeros_like},
    "shuffled": {"position_embedding": shuffled, "places": shuffled},
}


@torch.inference_mode()
def with_positions_edited(model: ViT, first: Trace, edits: Edits) -> Trace:
    """The picture of ``first`` again, what enters its blocks edited; of the blocks only the last is recorded."""
    layout, _, _, tokens = model.embed(first.pixels, edits)
    return last_block_recorded(model, first, tokens, model.places(layout, edits), layout)


@dataclass(frozen=True)
class OutputChange:
    """What another pass over the same picture made of the output: cosine similarities to the first pass."""

    patches: np.ndarray  # (gh·gw,) every patch's output with its own output in the first pass
    pooled: float  # the pooled output with that of the first pass


def output_change(first: Trace, other: Trace) -> OutputChange:
    """Compare two passes over one picture, both after the final norm."""
    before, after = (trace.layout.patches(trace.final)[0].numpy() for trace in (first, other))  # (gh·gw, d)
    return OutputChange(cosine(before, after), float(cosine(first.pooled[0].numpy(), other.pooled[0].numpy())))


def order_error(model: ViT, first: Trace, without: np.ndarray) -> float:
    """The largest difference from ``without`` (d,), the pooled output with all positions left out, when the patches
    also come in another order.

    Attention and MLP treat all tokens alike, so only rounding is left: sums in another order.
    """
    order = torch.randperm(first.layout.n_patches, generator=torch.Generator().manual_seed(SHUFFLE_SEED))
    mixed = {**POSITION_EDITS["left out"], "patch_embedding": _by(order)}
    return float(np.abs(with_positions_edited(model, first, mixed).pooled[0].numpy() - without).max())


def _by(order: Tensor) -> Edit:
    """Patches (b, gh·gw, d) in this order."""
    return lambda patches: patches[:, order]
