"""A model's blocks computed on a graphics card, everything around them on the CPU.

Blocks are all but a hundredth of a pass. Each gets a copy of its weights on the device; what it records comes back, so
that a trace lies on the CPU, whoever made it, and analyses read weights and traces in one place. Gradients and edits
at a block's points are computed on the CPU. A device adds in another order: its numbers differ in the last digits.
"""

from __future__ import annotations

import copy
from dataclasses import replace

import torch
from torch import Tensor

from vit.devices import available
from vit.model.edits import NO_EDITS, Edits
from vit.model.layers import Block
from vit.model.trace import Attended, BlockTrace
from vit.model.vit import ViT
from vit.serving.fast_blocks import FastBlock, in_place

TOLERANCE = 1e-3  # how far two devices' numbers may lie apart


class DeviceBlock(FastBlock):
    """``twin``: the same block on the device, in a tuple so that it is no part of the model and its weights.

    Where the device's memory does not suffice, the pass goes on here.
    """

    twin: tuple[Block]

    def forward(self, resid_pre: Tensor, places: Tensor | None = None, edits: Edits = NO_EDITS) -> BlockTrace:
        """As in :class:`Block`: given and giving back what lies on the CPU."""
        if edits or torch.is_grad_enabled():
            return super().forward(resid_pre, places, edits)
        [twin], device = self.twin, self.device
        try:
            record: BlockTrace = twin(resid_pre.to(device), _moved(places, device))
            attended, resid_mid, resid_post = _back(record.attended), record.resid_mid.cpu(), record.resid_post.cpu()
        except torch.OutOfMemoryError:
            return super().forward(resid_pre, places)
        return BlockTrace(resid_pre, attended, resid_mid, resid_post)

    def forward_unrecorded(self, resid: Tensor, places: Tensor | None = None) -> Tensor:
        """As in :class:`Block`, but the stream stays where the block computed it: the next one goes on there."""
        if torch.is_grad_enabled():
            return super().forward_unrecorded(resid, places)
        [twin], device = self.twin, self.device
        try:
            return twin.forward_unrecorded(resid.to(device), _moved(places, device))
        except torch.OutOfMemoryError:
            return super().forward_unrecorded(resid.cpu(), places)

    @property
    def device(self) -> torch.device:
        """Where the twin is."""
        return self.twin[0].mlp.up.weight.device


def _moved(places: Tensor | None, device: torch.device) -> Tensor | None:
    return None if places is None else places.to(device)


def _back(attended: Attended) -> Attended:
    """The same on the CPU."""
    moved = {name: tensor.cpu() for name, tensor in vars(attended).items() if tensor is not None}
    return replace(attended, **moved)


def accelerator() -> torch.device | None:
    """The graphics card of this machine; None where there is none."""
    best = available()[0]
    return None if best == "cpu" else torch.device(best)


def on_device(model: ViT, device: torch.device, backbone: ViT | None = None) -> ViT:
    """``model`` itself, its blocks as :func:`in_place` makes them and computed on ``device``.

    ``backbone``: a model with the same first blocks that is on the device already; its copy there serves both. A model
    for which the device has no room stays on the CPU.
    """
    blocks = in_place(model).blocks
    twins = [] if backbone is None else [block.twin for block in backbone.blocks if isinstance(block, DeviceBlock)]
    try:
        twins = twins or [(copy.deepcopy(block).to(device),) for block in blocks]
    except torch.OutOfMemoryError:
        return model
    for block, twin in zip(blocks, twins, strict=False):
        block.__class__ = DeviceBlock
        assert isinstance(block, DeviceBlock)
        block.twin = twin
    return model


def runs_on(model: ViT) -> torch.device:
    """Where the model's blocks are computed."""
    first = model.blocks[0]
    return first.device if isinstance(first, DeviceBlock) else first.mlp.up.weight.device
