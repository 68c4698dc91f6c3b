"""A model's blocks, written down once and replayed without Python.

A pass is some 500 small operations, and between any two of them Python's lock is given away and asked for again.
Alone that costs nothing. Beside twenty threads that draw pages each operation waits for its turn: a pass of 0.15 s
took 4.6 s. A replay asks for the lock once. What it replays are the operations of ``layers.py``, in their order, as
torch saw them happen: every number is the same to the last bit.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vit.model.layers import Block
from vit.model.trace import Attended, BlockTrace

if TYPE_CHECKING:
    from vit.model.config import ViTConfig
    from vit.model.vit import ViT

Script = Callable[..., tuple[Tensor, ...]]
MOST = 24  # torch never forgets what it wrote down: 3.5 MB for each model's make and size of picture

# Sizes are written down as plain numbers, and that is meant: a script is replayed for its own sizes only.
warnings.filterwarnings("ignore", category=torch.jit.TracerWarning, module=r"(vit|einops)\.")
# torch.compile and torch.export, which it recommends, need a compiler where the app runs, or replay in Python.
warnings.filterwarnings("ignore", message="`torch.jit.trace` is deprecated", category=FutureWarning)


class Replay:
    """Does what ``ViT.through`` does, for all models whose ``replay`` it is.

    ``worth``: asked before a kind of pass is written down, which takes as long as two passes: is it crowded? Alone
    it would win nothing. Not safe for several threads at once, nor for models in training mode.
    """

    def __init__(self, worth: Callable[[], bool]) -> None:
        self._worth = worth
        self._scripts: dict[tuple, Script] = {}

    def __call__(self, model: ViT, resid: Tensor, angle: Tensor | None) -> tuple[BlockTrace, ...]:
        """The residual stream (b, n, d) through all blocks, and everything that happened."""
        inputs = (resid,) if angle is None else (resid, angle)
        key = model.config, *((x.shape, x.dtype, x.device) for x in inputs)
        if key not in self._scripts and len(self._scripts) < MOST and self._worth():
            self._scripts[key] = _write_down(model, inputs)
        if key not in self._scripts:
            return model.through(resid, angle)
        with torch.jit.optimized_execution(False):  # nothing fused, nothing reordered
            played = self._scripts[key](*inputs, *model.blocks.parameters())
        blocks = []
        for i in range(0, len(played), 6):
            q, k, v, pattern, resid_mid, resid_post = played[i : i + 6]
            blocks.append(BlockTrace(resid, Attended(q, k, v, pattern), resid_mid, resid_post))
            resid = resid_post  # (b, n, d)
        return tuple(blocks)


def _write_down(model: ViT, inputs: tuple[Tensor, ...]) -> Script:
    """The script of a pass: takes the inputs and the weights of all blocks, holds none of them."""
    weights = tuple(model.blocks.parameters())
    each, angles = len(weights) // model.config.depth, len(inputs) - 1
    one = torch.jit.trace(_block(model.config), (*inputs, *weights[:each]), check_trace=False)

    def through(resid: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        angle, played = rest[:angles], []
        for i in range(angles, len(rest), each):
            played += one(resid, *angle, *rest[i : i + each])
            resid = played[-1]  # (b, n, d)
        return tuple(played)

    return torch.jit.trace(through, (*inputs, *weights), check_trace=False)


def _block(config: ViTConfig) -> Script:
    """A block that is given its weights with each call, in the order of ``Block.parameters``."""
    with torch.device("meta"):  # it has none of its own
        block = Block(config).eval()
    places = []
    for name, _ in list(block.named_parameters()):
        path, _, leaf = name.rpartition(".")
        places.append((block.get_submodule(path), leaf))
        delattr(*places[-1])

    def one(resid: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        angle, weights = rest[: -len(places)], rest[-len(places) :]
        for (module, leaf), weight in zip(places, weights, strict=True):
            setattr(module, leaf, weight)
        played = tuple(block(resid, *angle).stored)
        for module, leaf in places:
            delattr(module, leaf)  # torch keeps this function
        return played

    return one
