"""A pass with positions left out or shuffled, and what that does to the output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from vit.analysis.similarity import cosine
from vit.experiments.last_block import last_block_recorded, passes_apart
from vit.model.edits import Edits
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


SIDE_BY_SIDE = 512  # tokens up to which passes side by side gain; with more they take their memory for nothing


@torch.inference_mode()
def with_positions_edited(model: ViT, first: Trace, edits: Sequence[Edits]) -> list[Trace]:
    """The picture of ``first`` again, once for each of ``edits`` of what enters its blocks; of the blocks only the last
    is recorded.

    All in one pass where the blocks are told nothing of places, which could differ: on a server, whose threads sleep
    when they wait for each other, two thirds of the time of three.
    """
    layout, entering, places = first.layout, [], []
    for edit in edits:
        layout, _, _, tokens = model.embed(first.pixels, edit)
        entering.append(tokens)  # (1, n, d)
        places.append(model.places(layout, edit))
    if layout.n_tokens <= SIDE_BY_SIDE and all(place is None for place in places):
        return passes_apart(last_block_recorded(model, first, torch.cat(entering), None, layout))
    return [last_block_recorded(model, first, *one, layout) for one in zip(entering, places, strict=True)]


@dataclass(frozen=True)
class PositionPasses:
    """The passes ``by_edit``, by the names of ``POSITION_EDITS``; ``order_error``: the largest difference of the pooled
    output when, without positions, the patches also come in another order."""

    by_edit: dict[str, Trace]
    order_error: float


def position_passes(model: ViT, first: Trace) -> PositionPasses:
    """``first``, whose positions were kept, and its picture with each of the other edits.

    Attention and MLP treat all tokens alike, so of ``order_error`` only rounding is left: sums in another order.
    """
    order = torch.randperm(first.layout.n_patches, generator=torch.Generator().manual_seed(SHUFFLE_SEED))
    mixed: Edits = {**POSITION_EDITS["left out"], "patch_embedding": lambda patches: patches[:, order]}
    names = [name for name in POSITION_EDITS if name != "kept"]
    *others, mixed_up = with_positions_edited(model, first, [*(POSITION_EDITS[name] for name in names), mixed])
    by_edit = {"kept": first, **dict(zip(names, others, strict=True))}
    return PositionPasses(by_edit, float((mixed_up.pooled - by_edit["left out"].pooled).abs().max()))


@dataclass(frozen=True)
class OutputChange:
    """What another pass over the same picture made of the output: cosine similarities to the first pass."""

    patches: np.ndarray  # (gh·gw,) every patch's output with its own output in the first pass
    pooled: float  # the pooled output with that of the first pass


def output_change(first: Trace, other: Trace) -> OutputChange:
    """Compare two passes over one picture, both after the final norm."""
    before, after = (trace.layout.patches(trace.final)[0].numpy() for trace in (first, other))  # (gh·gw, d)
    return OutputChange(cosine(before, after), float(cosine(first.pooled[0].numpy(), other.pooled[0].numpy())))
