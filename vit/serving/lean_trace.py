"""A trace that keeps the residual stream and computes attention again when somebody looks: a quarter of the memory.

A ViT-S/14 at 224 pixels turns one picture into 45 MB, 33 of them queries, keys, values and patterns; at 518 pixels
these are 730 of 784. The residual stream before a block says all of it: ``ViT.attended`` makes the same numbers
of it, to the last bit, in a thirtieth of a pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from torch import Tensor

from vit.model.trace import Attended, BlockTrace, Trace

Recall = Callable[[int, Tensor], Attended]


class LeanBlock(BlockTrace):
    """A block's trace that asks ``recall`` for what its heads did, each time somebody looks."""

    def __init__(self, block: BlockTrace, recall: Callable[[Tensor], Attended]) -> None:
        parts = {"resid_pre": block.resid_pre, "resid_mid": block.resid_mid, "resid_post": block.resid_post}
        for name, part in {**parts, "_recall": recall}.items():
            object.__setattr__(self, name, part)  # a frozen dataclass is made once, here

    @property
    def attended(self) -> Attended:
        return self._recall(self.resid_pre)

    @property
    def stored(self) -> list[Tensor]:
        return [self.resid_mid, self.resid_post]


def lean(trace: Trace, recall: Recall) -> Trace:
    """The same trace without its attention; ``recall(layer, resid_pre)`` must hand back what the layer's heads did.

    It is given no part of the trace to hold on to: memory goes when the trace goes.
    """
    blocks = (LeanBlock(block, partial(recall, layer)) for layer, block in enumerate(trace.blocks))
    return replace(trace, blocks=tuple(blocks))
