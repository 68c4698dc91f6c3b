"""timm's own model of a checkpoint, to be run beside ours by :mod:`vit.reference.compare`, and the pixels it reads.

timm is an optional extra and takes seconds to import, so it is imported inside :func:`load_timm`.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from vit.checkpoints import bare
from vit.checkpoints.files import CheckpointError, Weights
from vit.families.family import Family
from vit.families.timm_arguments import pretrained_cfg
from vit.model.layout import TokenLayout
from vit.reference.output import TwinOutput

MISSING = "there is nothing to compare with: pip install timm"


@dataclass(frozen=True)
class TimmTwin:
    """timm's model of the same checkpoint, and what it calls its classes."""

    module: Any
    labels: dict[int, str]

    @property
    def name(self) -> str:
        return type(self.module).__name__

    @torch.inference_mode()
    def run(self, pixels: Tensor, layout: TokenLayout) -> TwinOutput:
        """Its residual streams and patterns by block, what its head reads, and its logits, of pixels of any size: as in
        timm, its positions are resized once for another grid."""
        module = self.module
        dynamic = getattr(module, "dynamic_img_size", False)
        if tuple(pixels.shape[-2:]) != tuple(module.patch_embed.img_size) and not dynamic:
            module = deepcopy(module)
            module.set_input_size(tuple(pixels.shape[-2:]))
        return _recorded(module, pixels)


def _recorded(module: Any, pixels: Tensor) -> TwinOutput:
    residual: list[Tensor] = []
    patterns: list[list[Tensor]] = []
    read: list[Tensor] = []

    def block_starts(block: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        residual.append(inputs[0])
        patterns.append([])

    hooks = [module.norm.register_forward_pre_hook(lambda norm, inputs: residual.append(inputs[0]))]
    for block in module.blocks:
        hooks.append(block.register_forward_pre_hook(block_starts))
        for name, part in block.named_modules():
            if hasattr(part, "fused_attn"):
                part.fused_attn = False  # computed step by step, as the fused kernel shows no pattern
            if name.endswith("attn_drop"):
                hooks.append(part.register_forward_pre_hook(lambda drop, inputs: patterns[-1].append(inputs[0])))
    heads = [part for name, part in module.named_children() if name in ("head", "head_dist")]
    hooks += [head.register_forward_pre_hook(lambda head, inputs: read.append(inputs[0])) for head in heads]
    try:
        logits: Tensor = module(pixels)
    finally:
        for hook in hooks:
            hook.remove()
    pooled = torch.cat(read, dim=-1) if read and read[0].ndim == 2 else None  # three axes: all tokens, none pooled
    joined = tuple(torch.cat(of_block, dim=1) for of_block in patterns)  # two attentions side by side: all their heads
    return TwinOutput(tuple(residual), joined, pooled, logits if module.num_classes else None)


def load_timm(folder: Path, family: Family) -> TimmTwin:
    """timm's model, built as ``config.json`` says, with the weights as we read them. CheckpointError without timm, or
    where it cannot build such a model."""
    try:
        import timm
    except ImportError:
        raise CheckpointError(f"timm is not installed, so {MISSING}") from None
    weights = Weights(folder)
    try:
        module = timm.create_model(f"local-dir:{folder}")
        module.load_state_dict({name: weights[key] for name, key in family.strip(weights).items()})
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AssertionError) as error:
        reason = str(error).split("\n")[0]
        raise CheckpointError(f"timm cannot load {folder}: {reason}") from None
    names = module.pretrained_cfg.get("label_names") or ()
    said = module.pretrained_cfg.get("label_descriptions") or {}
    return TimmTwin(module.eval(), {i: str(said.get(name, name)) for i, name in enumerate(names)})


def load_timm_file(file: Path, said: Mapping[str, Any], library: str | None) -> TimmTwin:
    """timm's model of the architecture that is ``said``, with the weights of a file that says nothing of itself.
    CheckpointError without timm, for another ``library``, or where they do not fit."""
    if library not in (None, "timm"):
        raise CheckpointError(f"{file} is said to be timm's {said['architecture']}: compare it with timm.")
    try:
        import timm
    except ImportError:
        raise CheckpointError(f"timm is not installed, so {MISSING}") from None
    try:
        hub, weights = bare.as_config(file, said)
        module = timm.create_model(hub["architecture"], num_classes=hub["num_classes"])
        module.load_state_dict({key: weights[key] for key in weights})
    except (ValueError, RuntimeError, KeyError, TypeError, AssertionError) as error:
        reason = str(error).split("\n")[0]
        raise CheckpointError(f"timm cannot load {file}: {reason}") from None
    return TimmTwin(module.eval(), {})


def timm_pixels(hub: dict[str, Any], image: Image.Image, size: tuple[int, int]) -> Tensor | None:
    """What timm's own transform makes of a picture: (1, c, height, width); None for another ``size`` than its own."""
    from timm.data import create_transform, resolve_data_config

    known = resolve_data_config(pretrained_cfg=pretrained_cfg(hub))
    if tuple(known["input_size"][1:]) != size:
        return None
    transform: Any = create_transform(**known)
    pixels: Tensor = transform(image.convert("L" if known["input_size"][0] == 1 else "RGB"))
    return pixels[None]
