"""torchvision's own ViT with a checkpoint's weights, to be run beside ours by :mod:`vit.reference.compare`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vit.checkpoints.files import CheckpointError
from vit.model.layout import TokenLayout
from vit.reference.output import TwinOutput
from vit.reference.torch_attention import recorded


@dataclass(frozen=True)
class TorchvisionTwin:
    """torchvision's ``VisionTransformer``; a file of its weights holds no names of classes."""

    module: Any

    @property
    def name(self) -> str:
        return type(self.module).__name__

    @property
    def labels(self) -> dict[int, str]:
        return {}

    @torch.inference_mode()
    def run(self, pixels: Tensor, layout: TokenLayout) -> TwinOutput:
        """Its residual streams and patterns by block, what its head reads, and its logits; at its own size only."""
        side = self.module.image_size
        if tuple(pixels.shape[-2:]) != (side, side):
            raise CheckpointError(f"torchvision's ViT runs at its own {side}×{side} pixels only: choose these.")
        read: list[Tensor] = []
        hook = self.module.heads.register_forward_pre_hook(lambda heads, inputs: read.append(inputs[0]))
        try:
            with recorded(list(self.module.encoder.layers), "self_attention") as found:
                logits: Tensor = self.module(pixels)
        finally:
            hook.remove()
        has_head = not isinstance(self.module.heads, torch.nn.Identity)
        return TwinOutput(tuple(found.residual), tuple(found.patterns), read[0], logits if has_head else None)
