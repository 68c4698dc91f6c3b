"""The same sizes of Vision Transformer as four libraries build them, each with fresh weights; and their race."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from benchmarks.measure import Contender, Lot, Work, compared, run
from vit import PRESETS, ViT, ViTConfig
from vit.serving.fast_blocks import in_place


@dataclass(frozen=True)
class Size:
    """A preset of ours at ``side`` × ``side`` pixels; every library's model is made for that side."""

    name: str
    preset: str
    side: int

    @property
    def config(self) -> ViTConfig:
        return replace(PRESETS[self.preset], image_size=(self.side, self.side))


SIZES = (
    Size("Ti/16", "vit-ti16", 224),
    Size("S/14", "dinov2-s14", 224),
    Size("B/16", "vit-b16", 224),
    Size("S/14", "dinov2-s14", 518),
)


def ours(size: Size) -> ViT:
    return in_place(ViT(size.config).eval().requires_grad_(False))


def transformers(size: Size, attention: str) -> nn.Module:
    """``attention``: ``eager``, which can hand back patterns, or ``sdpa``, fused."""
    from transformers import AutoModel, Dinov2Config
    from transformers import ViTConfig as TheirConfig

    config = size.config
    shape: dict[str, Any] = {
        "hidden_size": config.width,
        "num_hidden_layers": config.depth,
        "num_attention_heads": config.heads,
        "image_size": size.side,
        "patch_size": config.patch_size,
    }
    if config.layer_scale is not None:
        return AutoModel.from_config(Dinov2Config(**shape), attn_implementation=attention).eval()
    theirs = TheirConfig(**shape, intermediate_size=config.mlp_width)
    return AutoModel.from_config(theirs, attn_implementation=attention, add_pooling_layer=False).eval()


def timm(size: Size, fused: bool) -> nn.Module:
    from timm.layers import set_fused_attn
    from timm.models.vision_transformer import VisionTransformer

    set_fused_attn(fused)
    config = size.config
    return VisionTransformer(
        img_size=size.side,
        patch_size=config.patch_size,
        embed_dim=config.width,
        depth=config.depth,
        num_heads=config.heads,
        init_values=config.layer_scale,
        num_classes=0,
    ).eval()


def vit_pytorch(size: Size) -> nn.Module:
    from vit_pytorch import ViT as TheirViT

    config = size.config
    return TheirViT(
        image_size=size.side,
        patch_size=config.patch_size,
        dim=config.width,
        depth=config.depth,
        heads=config.heads,
        mlp_dim=config.mlp_width,
        num_classes=1,
    ).eval()


Make = Callable[[Size, int], Work]


LOTS = 3


def race(rivals: Mapping[str, Make], quick: bool, budget: float) -> list[dict[str, Any]]:
    """A case a size and batch: what each rival made of them, run in turn for ``budget`` seconds."""
    sizes, batches, lots, budget = (SIZES[:1], (1,), 1, 1.0) if quick else (SIZES, (1, 8), LOTS, budget)
    found: dict[tuple[Size, int], list[Lot]] = {(size, batch): [] for size in sizes for batch in batches}
    for _ in range(lots):
        with ExitStack() as stack:
            contenders = [stack.enter_context(Contender(name)) for name in rivals]
            for (size, batch), case in found.items():
                for contender in contenders:
                    contender.ask("prepare", rivals[contender.name], size, batch)
                case.append(run(contenders, budget / lots, fewest=3 // lots))
    return [
        {"size": size.name, "side": size.side, "batch": batch, **compared(case)}
        for (size, batch), case in found.items()
    ]
