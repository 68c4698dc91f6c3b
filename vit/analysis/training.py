"""A run before it starts, in numbers, and what a model in the making sees: one pass over a few probe pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from einops import rearrange

from vit.analysis.positions import position_similarity, rotary_table
from vit.data.augment import enlarged
from vit.model.config import ViTConfig
from vit.model.layout import TokenLayout
from vit.model.trace import Trace
from vit.model.vit import ViT
from vit.training.learn.first_model import freeze_first


@dataclass(frozen=True)
class Look:
    """What one model makes of n probe pictures.

    ``attention``: (n, depth, h, gh, gw) shares from the asker to every patch (:func:`asker`);
    ``probabilities``: (n, classes); ``likeness``: (gh, gw, gh, gw) cosines of the positions, None for a
    model without; ``filters``: (d, p·p·c), the patch matrix.
    """

    attention: np.ndarray
    probabilities: np.ndarray
    likeness: np.ndarray | None
    filters: np.ndarray
    embeddings: np.ndarray
    prefix: tuple[str, ...]


def look(model: ViT, images: np.ndarray) -> Look:
    """Run ``model`` on pictures as data sets hold them, (n, c, height, width) bytes, at the size it was made for."""
    recipe = model.preprocessing
    mean, std = (rearrange(torch.tensor(values), "c -> c 1 1") for values in (recipe.mean, recipe.std))
    pixels = enlarged(torch.from_numpy(images).float() / 255, recipe.size[0])
    trace = model.trace((pixels - mean) / std)
    return Look(
        attention=asked(trace),
        probabilities=trace.logits.softmax(-1).numpy(),
        likeness=likeness(model, trace.layout),
        filters=model.patch_embedding.projection.weight.detach().numpy().copy(),
        embeddings=trace.patch_embedding.numpy(),
        prefix=trace.layout.prefix,
    )


def asked(trace: Trace) -> np.ndarray:
    """Shares of attention that patches get, in every layer and head: (b, depth, h, gh, gw).

    From CLS where there is one, else from all tokens on average. What CLS gives to itself is left out, so
    the shares of the patches sum to less than 1.
    """
    layout = trace.layout
    rows = [
        block.pattern[:, :, 0] if layout.n_prefix and layout.prefix[0] == "cls" else block.pattern.mean(2)
        for block in trace.blocks
    ]  # (b, h, n) each
    patches = layout.patches(torch.stack(rows, dim=1), axis=-1)  # (b, depth, h, gh·gw)
    return rearrange(patches, "b depth h (gh gw) -> b depth h gh gw", gh=layout.grid[0]).numpy()


def asker(prefix: tuple[str, ...]) -> str:
    """Whose attention :func:`asked` shows, in words."""
    return "CLS" if prefix and prefix[0] == "cls" else "all tokens, on average"


def likeness(model: ViT, layout: TokenLayout) -> np.ndarray | None:
    """Cosine of the positions of any two patches, (gh, gw, gh, gw); None for a model without positions."""
    if model.config.position == "none":
        return None
    angle = model.angle(layout)
    table = model.position_embedding(layout) if angle is None else rotary_table(angle)
    return position_similarity(table, layout)


def parameters(config: ViTConfig, frozen_blocks: int = 0) -> int:
    """How many numbers a model of this shape learns; no weights are made."""
    with torch.device("meta"):
        model = ViT(config)
        if frozen_blocks:
            freeze_first(model, frozen_blocks)
        return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def head_parameters(config: ViTConfig) -> int:
    """How many numbers the last layer learns."""
    return (config.pooled_width + config.head_bias) * config.n_classes


def training_bytes(config: ViTConfig, batch: int, *, thawed: bool = True) -> int:
    """About how much memory a step takes: weights four times over (gradient, two moments), and what is kept
    of every layer until the gradient comes back through it, in 4 bytes a number. If only the head is thawed,
    the weights once, and one layer at a time."""
    n = len(config.prefix) + config.grid[0] * config.grid[1]
    layer = n * (12 * config.width + 2 * config.mlp_width) + 2 * config.heads * n * n
    copies, layers = (4, config.depth) if thawed else (1, 1)
    return 4 * (copies * parameters(config) + batch * layers * layer)


def flops(config: ViTConfig) -> float:
    """Operations to learn from one picture: a multiplication and an addition for every weight and every pair
    of tokens, once forward and twice backward."""
    n = len(config.prefix) + config.grid[0] * config.grid[1]
    block = n * config.width * (4 * config.width + 2 * config.mlp_width) + 2 * n * n * config.width
    patches = config.grid[0] * config.grid[1] * config.patch_values * config.width
    return 6.0 * (config.depth * block + patches)
