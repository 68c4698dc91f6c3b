"""A block as a torch script: its operations do not go back to Python in between.

A pass is some 500 small operations, and between any two of them Python's lock is released and taken again. Beside
twenty threads that draw pages each operation waits for its turn, and a pass takes many times as long. A script takes
the lock once a block. It holds the operations of ``fast_blocks.py`` in their order: every number is the same to the
last bit. Sizes are no part of it, and weights are given to it with each call, so that one does for all blocks of all
models of one shape, for any number of pictures and tokens.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import torch
from torch import Tensor
from torch.jit import TracerWarning, optimized_execution  # type: ignore[attr-defined]  # public, but in no __all__

from vit.model.edits import NO_EDITS, Edits
from vit.model.layers import Block
from vit.model.trace import Attended, BlockTrace
from vit.serving.fast_blocks import FastBlock, in_place

if TYPE_CHECKING:
    from vit.model.config import ViTConfig
    from vit.model.vit import ViT

MOST = 256  # shapes of models; torch never frees a script, and those of one shape take 0.1 MB
Given = TypeVar("Given")
Script = Callable[..., Given]  # called with the stream, places where there are any, and the block's weights


class Scripts(NamedTuple):
    """A block's ways as scripts. They return plain tensors and tuples, the only kinds torch.jit.trace hands back."""

    recorded: Script[tuple[Tensor, ...]]  # q, k, v, pattern, resid_mid, resid_post
    attended: Script[tuple[Tensor, ...]]  # q, k, v, pattern
    unrecorded: Script[Tensor]


_SCRIPTS: dict[ViTConfig, Scripts] = {}  # all that were made


class ScriptedBlock(FastBlock):
    """A block whose passes are scripts; where an edit or a gradient may need it, the plain one."""

    scripts: Scripts

    def forward(self, resid_pre: Tensor, places: Tensor | None = None, edits: Edits = NO_EDITS) -> BlockTrace:
        """As in :class:`Block`."""
        if edits or torch.is_grad_enabled():
            return super().forward(resid_pre, places, edits)
        *record, resid_mid, resid_post = self._run(self.scripts.recorded, resid_pre, places)
        return BlockTrace(resid_pre, self._with_bias(record, places), resid_mid, resid_post)

    def attended(self, resid_pre: Tensor, places: Tensor | None = None) -> Attended:
        """As in :class:`Block`."""
        if torch.is_grad_enabled():
            return super().attended(resid_pre, places)
        return self._with_bias(self._run(self.scripts.attended, resid_pre, places), places)

    def forward_unrecorded(self, resid: Tensor, places: Tensor | None = None) -> Tensor:
        """As in :class:`Block`."""
        if torch.is_grad_enabled():
            return super().forward_unrecorded(resid, places)
        return self._run(self.scripts.unrecorded, resid, places)

    def _with_bias(self, record: Sequence[Tensor], places: Tensor | None) -> Attended:
        q, k, v, pattern = record
        return Attended(q, k, v, pattern, bias=self.attention.bias(q.shape[-2], places))

    def _run(self, script: Script[Given], resid: Tensor, places: Tensor | None) -> Given:
        with optimized_execution(False):  # nothing fused, nothing reordered
            return script(resid, *_given(places), *self.parameters())


def scripted(model: ViT, backbone: ViT | None = None) -> ViT:
    """``model`` itself, its blocks as :func:`in_place` makes them and, where there is room for more scripts, scripts.

    ``backbone``: a model with blocks of the same shape that has scripts already. Not safe for several threads at once.
    """
    blocks = in_place(model).blocks
    shape = (backbone or model).config
    if shape not in _SCRIPTS and len(_SCRIPTS) < MOST:
        _SCRIPTS[shape] = _scripts(model)
    for block in blocks if shape in _SCRIPTS else ():
        block.__class__ = ScriptedBlock
        assert isinstance(block, ScriptedBlock)
        block.scripts = _SCRIPTS[shape]
    return model


def _given(places: Tensor | None) -> tuple[Tensor, ...]:
    return () if places is None else (places,)


@torch.inference_mode()
def _scripts(model: ViT) -> Scripts:
    """Written down while the first block is given a picture of a few patches without anything on it."""
    config = model.config
    size = config.image_size if config.own_grid_only else (2 * config.patch_size, 2 * config.patch_size)
    layout, _, _, tokens = model.embed(model.prefix.new_zeros(1, config.channels, *size))
    inputs = tokens, *_given(model.places(layout)), *model.blocks[0].parameters()

    def recorded(block: Block, resid: Tensor, places: Tensor | None) -> tuple[Tensor, ...]:
        trace: BlockTrace = block(resid, places)
        return trace.q, trace.k, trace.v, trace.pattern, trace.resid_mid, trace.resid_post

    def attended(block: Block, resid: Tensor, places: Tensor | None) -> tuple[Tensor, ...]:
        record = block.attended(resid, places)
        return record.q, record.k, record.v, record.pattern

    def unrecorded(block: Block, resid: Tensor, places: Tensor | None) -> Tensor:
        return block.forward_unrecorded(resid, places)

    with warnings.catch_warnings():
        # It says that a size may have become a constant; in a block none has, as tests with other sizes show.
        warnings.filterwarnings("ignore", category=TracerWarning)
        # torch.compile and torch.export, which it recommends, need a compiler where the app runs, or run in Python.
        warnings.filterwarnings("ignore", message="`torch.jit.trace` is deprecated")
        ways = (_with_weights_given(config, way) for way in (recorded, attended, unrecorded))
        return Scripts(*(torch.jit.trace(way, inputs, check_trace=False) for way in ways))


def _with_weights_given(config: ViTConfig, way: Callable[[Block, Tensor, Tensor | None], Given]) -> Script[Given]:
    """A way through a block that is given its weights with each call, in the order of ``Block.parameters``.

    torch.func.functional_call does the same, but refuses to be traced.
    """
    with torch.device("meta"):  # it has none of its own
        block = in_place(Block(config).eval())
    slots = []
    for name, _ in list(block.named_parameters()):
        path, _, leaf = name.rpartition(".")
        slots.append((block.get_submodule(path), leaf))
        delattr(*slots[-1])

    def one(resid: Tensor, *rest: Tensor) -> Given:
        places, weights = rest[: -len(slots)], rest[-len(slots) :]
        for (module, leaf), weight in zip(slots, weights, strict=True):
            setattr(module, leaf, weight)
        result = way(block, resid, places[0] if places else None)
        for module, leaf in slots:
            delattr(module, leaf)  # torch keeps this function, and with it whatever it still holds
        return result

    return one
