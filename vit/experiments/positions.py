"""A pass with positions left out or shuffled, and what that does to the output."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

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
SIDE_BY_SIDE = 512  # tokens up to which passes side by side gain; with more they take their memory for nothing
T = TypeVar("T")


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
def with_positions_edited(model: ViT, first: Trace, edits: Sequence[Edits]) -> Iterator[Trace]:
    """The picture of ``first`` again, once for each of ``edits`` of what enters its blocks; of the blocks only the last
    is recorded.

    All in one pass where the blocks are told nothing of places, which could differ: on a server, whose threads sleep
    when they wait for each other, two thirds of the time of three. Else one after the other, each when it is asked for:
    who uses one at a time holds two at most.
    """
    layout = model.layout(first.pixels)
    entering = [model.embed(first.pixels, edit)[-1] for edit in edits]  # (1, n, d) each
    places = [model.places(layout, edit) for edit in edits]
    if layout.n_tokens <= SIDE_BY_SIDE and all(place is None for place in places):
        yield from passes_apart(last_block_recorded(model, first, torch.cat(entering), None, layout))
        return
    for tokens, place in zip(entering, places, strict=True):
        yield last_block_recorded(model, first, tokens, place, layout)


def position_passes(model: ViT, first: Trace, use: Callable[[Trace], T]) -> tuple[dict[str, T], float]:
    """What ``use`` makes of ``first``, whose positions were kept, and of its picture with each of the other edits, by
    the names of ``POSITION_EDITS``; and the largest difference of the pooled output when, without positions, the
    patches also come in another order.

    Attention and MLP treat all tokens alike, so of that difference only rounding is left: sums in another order.
    """
    mixed: Edits = {**POSITION_EDITS["left out"], "patch_embedding": lambda patches: shuffled(patches[0])[None]}
    edited = {name: edits for name, edits in POSITION_EDITS.items() if edits}
    passes = with_positions_edited(model, first, [mixed, *edited.values()])
    used, pooled, mixed_up = {"kept": use(first)}, {}, next(passes).pooled
    for name, trace in zip(edited, passes, strict=True):
        used[name], pooled[name] = use(trace), trace.pooled
    return used, float((mixed_up - pooled["left out"]).abs().max())


@dataclass(frozen=True)
class OutputChange:
    """What another pass over the same picture made of the output: cosine similarities to the first pass."""

    patches: np.ndarray  # (gh·gw,) every patch's output with its own output in the first pass
    pooled: float  # the pooled output with that of the first pass


def output_change(first: Trace, other: Trace) -> OutputChange:
    """Compare two passes over one picture, both after the final norm."""
    before, after = (trace.layout.patches(trace.final)[0].numpy() for trace in (first, other))  # (gh·gw, d)
    return OutputChange(cosine(before, after), float(cosine(first.pooled[0].numpy(), other.pooled[0].numpy())))
