"""OpenCLIP's own picture half with a checkpoint's weights, to be run beside ours by :mod:`vit.reference.compare`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from vit.checkpoints.files import CheckpointError
from vit.model.config import ViTConfig
from vit.model.layout import TokenLayout
from vit.reference.output import TwinOutput
from vit.reference.torch_attention import recorded


@dataclass(frozen=True)
class OpenClipTwin:
    """OpenCLIP's ``VisionTransformer``, without the matrix that leads into the space shared with text."""

    module: Any

    @property
    def name(self) -> str:
        return f"{type(self.module).__name__} of OpenCLIP"

    @property
    def labels(self) -> dict[int, str]:
        return {}

    @torch.inference_mode()
    def run(self, pixels: Tensor, layout: TokenLayout) -> TwinOutput:
        """Its residual streams and patterns by block, and its pooled output; at its own size only."""
        height, width = self.module.image_size
        if tuple(pixels.shape[-2:]) != (height, width):
            raise CheckpointError(f"OpenCLIP's ViT runs at its own {height}×{width} pixels only: choose these.")
        with recorded(list(self.module.transformer.resblocks), "attn") as found:
            pooled: Tensor = self.module(pixels)
        return TwinOutput(tuple(found.residual), tuple(found.patterns), pooled, None)


def of_open_clip(config: ViTConfig, weights: dict[str, Tensor]) -> OpenClipTwin:
    from open_clip.transformer import LayerNorm, QuickGELU, VisionTransformer

    activations = {"gelu": nn.GELU, "quick_gelu": QuickGELU, "gelu_tanh": partial(nn.GELU, approximate="tanh")}
    module = VisionTransformer(
        image_size=config.image_size,
        patch_size=config.patch_size,
        width=config.width,
        layers=config.depth,
        heads=config.heads,
        mlp_ratio=(config.mlp_width + 0.5) / config.width,  # OpenCLIP cuts off what is no whole
        ls_init_value=config.layer_scale,
        no_ln_pre=not config.norm_before_blocks,
        act_layer=activations[config.activation],
        norm_layer=partial(LayerNorm, eps=config.norm_eps),
    )
    module.proj = None
    module.load_state_dict(weights)
    return OpenClipTwin(module.eval())
