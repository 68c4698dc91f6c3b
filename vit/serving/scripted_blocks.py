"""A model's blocks as a torch script: a pass whose operations do not go back to Python in between.

A pass is some 500 small operations, and between any two of them Python's lock is released and taken again. Beside
twenty threads that draw pages each operation waits for its turn, and a pass takes many times as long. A script takes
the lock once. It holds the operations of ``layers.py`` in their order: every number is the same to the last bit.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.jit import TracerWarning, optimized_execution  # type: ignore[attr-defined]  # public, but in no __all__

from vit.model.layers import Block
from vit.model.trace import Attended, BlockTrace
from vit.serving.fast_blocks import in_place

if TYPE_CHECKING:
    from vit.model.config import ViTConfig
    from vit.model.vit import ViT

MOST = 24  # torch never frees a script: 3.5 MB for each model's shape and size of picture


class BlockTensors(NamedTuple):
    """What a script returns for each block, in this order (:class:`BlockTrace` says what they are)."""

    q: Tensor
    k: Tensor
    v: Tensor
    pattern: Tensor
    resid_mid: Tensor
    resid_post: Tensor


# Scripts return plain tuples, the only kind torch.jit.trace hands back.
Script = Callable[..., tuple[tuple[Tensor, ...], ...]]
Key = tuple[object, ...]


class Replay:
    """Does what ``ViT.run_blocks`` does, for all models whose ``block_runner`` it is.

    ``worth``: asked before a script is made in the middle of a pass, which takes as long as two passes; with nobody
    else at work it would gain nothing. Not safe for several threads at once, nor for models in training mode.
    """

    def __init__(self, worth: Callable[[], bool]) -> None:
        self._worth = worth
        self._scripts: dict[Key, Script] = {}

    def __call__(self, model: ViT, resid: Tensor, places: Tensor | None) -> tuple[BlockTrace, ...]:
        """The residual stream (b, n, d) through all blocks, and everything that happened."""
        inputs = _inputs(resid, places)
        key = _key(model, inputs)
        if key not in self._scripts and self._worth():
            self._make(key, model, inputs)
        if key not in self._scripts:
            return model.run_blocks(resid, places)
        with optimized_execution(False):  # nothing fused, nothing reordered
            results = self._scripts[key](*inputs, *model.blocks.parameters())
        blocks = []
        for layer, block in enumerate(BlockTensors(*result) for result in results):
            bias = model.blocks[layer].attention.bias(resid.shape[1], places)
            attended = Attended(block.q, block.k, block.v, block.pattern, bias=bias)
            blocks.append(BlockTrace(resid, attended, block.resid_mid, block.resid_post))
            resid = block.resid_post  # (b, n, d)
        return tuple(blocks)

    @torch.inference_mode()
    def prepare(self, model: ViT, pixels: Tensor) -> None:
        """Make the script for pictures like ``pixels`` (b, c, height, width) while nobody waits for it."""
        layout, _, _, tokens = model.embed(pixels)
        inputs = _inputs(tokens, model.places(layout))
        self._make(_key(model, inputs), model, inputs)

    def _make(self, key: Key, model: ViT, inputs: tuple[Tensor, ...]) -> None:
        if key not in self._scripts and len(self._scripts) < MOST:
            self._scripts[key] = _make_script(model, inputs)


def _inputs(resid: Tensor, places: Tensor | None) -> tuple[Tensor, ...]:
    return (resid,) if places is None else (resid, places)


def _key(model: ViT, inputs: tuple[Tensor, ...]) -> Key:
    """What a script is made for."""
    return (model.config, *((x.shape, x.dtype, x.device) for x in inputs))


def _make_script(model: ViT, inputs: tuple[Tensor, ...]) -> Script:
    """The script of a pass: takes the inputs and the weights of all blocks, holds none of them."""
    weights = tuple(model.blocks.parameters())
    per_block, given = len(weights) // model.config.depth, len(inputs) - 1
    with warnings.catch_warnings():
        # Sizes become constants, and that is meant: a script is used for its own sizes only.
        warnings.filterwarnings("ignore", category=TracerWarning)
        # torch.compile and torch.export, which it recommends, need a compiler where the app runs, or run in Python.
        warnings.filterwarnings("ignore", message="`torch.jit.trace` is deprecated")
        block = torch.jit.trace(_block(model.config), (*inputs, *weights[:per_block]), check_trace=False)

        def run_blocks(resid: Tensor, *rest: Tensor) -> tuple[tuple[Tensor, ...], ...]:
            places, results = rest[:given], []
            for i in range(given, len(rest), per_block):
                results.append(block(resid, *places, *rest[i : i + per_block]))
                resid = BlockTensors(*results[-1]).resid_post  # (b, n, d)
            return tuple(results)

        script: Script = torch.jit.trace(run_blocks, (*inputs, *weights), check_trace=False)
    return script


def _block(config: ViTConfig) -> Callable[..., tuple[Tensor, ...]]:
    """A block that is given its weights with each call, in the order of ``Block.parameters``.

    torch.func.functional_call does the same, but refuses to be traced.
    """
    with torch.device("meta"):  # it has none of its own
        block = in_place(Block(config).eval())
    slots = []
    for name, _ in list(block.named_parameters()):
        path, _, leaf = name.rpartition(".")
        slots.append((block.get_submodule(path), leaf))
        delattr(*slots[-1])

    def one(resid: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        places, weights = rest[: -len(slots)], rest[-len(slots) :]
        for (module, leaf), weight in zip(slots, weights, strict=True):
            setattr(module, leaf, weight)
        trace: BlockTrace = block(resid, *places)
        for module, leaf in slots:
            delattr(module, leaf)  # torch keeps this function, and with it whatever it still holds
        return tuple(BlockTensors(trace.q, trace.k, trace.v, trace.pattern, trace.resid_mid, trace.resid_post))

    return one
