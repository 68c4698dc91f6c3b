"""What a head may read of a picture: the CLS token, the mean of the patches, or both, after every block."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vit.model.pooling import pool

if TYPE_CHECKING:
    from vit.model.layout import TokenLayout
    from vit.model.trace import Trace
    from vit.model.vit import ViT


def digest(pixels: Tensor) -> str:
    """Names what a model sees of a picture: the same pixels, the same name."""
    return hashlib.blake2b(pixels.numpy().tobytes(), digest_size=16).hexdigest()


def with_mirrored(pixels: Tensor) -> Tensor:
    """A picture (1, c, height, width) and, behind it, the same the other way round: (2, c, height, width)."""
    return torch.cat([pixels, pixels.flip(-1)])


def readings(model: ViT) -> tuple[str, ...]:
    """What can be read of this model, as ``ViTConfig.pooling`` names it; several vectors side by side only where no
    norm stands behind the pooling."""
    if "cls" not in model.config.prefix:
        return ("mean",)
    return ("cls", "mean") if model.config.last_norm == "pooled" else ("cls", "mean", "cls+mean")


@torch.inference_mode()
def parts_after_blocks(model: ViT, pixels: Tensor) -> dict[str, Tensor]:
    """The parts of pictures (b, c, height, width) after each block: (depth, b, d) each, see :func:`parts`."""
    layout, _, _, resid = model.embed(pixels)
    places = model.places(layout)

    def stream() -> Iterator[Tensor]:
        after = resid
        for layer in range(model.config.depth):
            after = model.run_blocks_unrecorded(after, places, layer, layer + 1)  # (b, n, d)
            yield after

    return parts(model, layout, stream())


@torch.inference_mode()
def parts_of_trace(model: ViT, trace: Trace, first: int = 1) -> dict[str, Tensor]:
    """The same of a pass that was recorded, from after block number ``first`` on."""
    return parts(model, trace.layout, (trace.residual(level) for level in range(first, model.config.depth + 1)))


def parts(model: ViT, layout: TokenLayout, stream: Iterable[Tensor]) -> dict[str, Tensor]:
    """Of the residual stream (b, n, d) after each block, the mean of the patches and, where there is one, CLS:
    (depth, b, d) each.

    The final norm is laid over each, as if the model ended there: those after block i are the pooled outputs of the
    model's first i + 1 blocks alone.
    """
    found: dict[str, list[Tensor]] = {}
    for resid in stream:
        final = model.norm(resid)
        for part in ("mean", *(token for token in layout.prefix if token == "cls")):
            pooled, _ = pool(replace(model.config, pooling=part), None, final)  # (b, d)
            found.setdefault(part, []).append(model.pooled_norm(pooled))
    return {part: torch.stack(levels) for part, levels in found.items()}


def read(model: ViT, parts_read: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Reading → what it gives of the pictures whose parts (depth, b, d) these are: (depth, b, d), or (depth, b, 2·d)
    where it is two parts behind each other."""
    return {
        reading: torch.cat([parts_read[part] for part in reading.split("+")], dim=-1)  # (depth, b, d), (depth, b, 2·d)
        for reading in readings(model)
    }


def vectors_after_blocks(model: ViT, pixels: Tensor) -> dict[str, Tensor]:
    """What can be read of pictures (b, c, height, width), in every way, after each block."""
    return read(model, parts_after_blocks(model, pixels))
