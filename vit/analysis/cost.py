"""Where a model's parameters lie, and what a pass over one picture costs: exact, from its shape alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vit.model.config import ViTConfig
from vit.model.pooling import first_pooled

if TYPE_CHECKING:
    from vit.model.vit import ViT


@dataclass(frozen=True)
class Part:
    """One part of a model: how many numbers it has learned, and multiply–adds in a pass over one picture.

    Only products with a matrix are counted, as is the custom: sums, norms, softmax and activations cost next to nothing
    beside them.
    """

    name: str
    parameters: int
    multiply_adds: int


# A part's name → how the names of its parameters begin, or, in a block, what stands after "blocks.i.".
_PARTS = {
    "patch embedding": ("patch_embedding.",),
    "positions, prefix tokens": ("position", "prefix", "attention.relative", "attention.frequency"),
    "Q, K, V": ("attention.qkv.",),
    "scores and pattern · v": (),
    "W_O": ("attention.out.",),
    "MLP": ("mlp.",),
    "norms, LayerScale": ("norm", "scale", "pooled_norm.", "attention.q_norm.", "attention.k_norm.", "attention.norm."),
    "pooling head": ("map_head.",),
    "classes": ("head.",),
}


def multiply_adds(config: ViTConfig, patches: int) -> dict[str, int]:
    """Multiply–adds of a pass over one picture of so many patches, by part."""
    d, mlp, depth, hk = config.width, config.mlp_width, config.depth, config.heads_width
    n = patches + len(config.prefix)
    up = 2 if config.activation == "swiglu" else 1
    costs = {
        "patch embedding": patches * config.patch_values * d,
        "Q, K, V": depth * n * d * 3 * hk,
        "scores and pattern · v": depth * 2 * n * n * hk,
        "W_O": depth * n * hk * d,
        "MLP": depth * n * d * (up + 1) * mlp,
        "classes": config.pooled_width * config.n_classes,
    }
    if config.has("rotary") and config.rope_coordinates == "learned":
        costs["positions, prefix tokens"] = depth * patches * hk  # row and column times half as many frequencies
    if "map" in config.pooling.split("+"):
        # One probe asks: its query, everybody's keys and values, one row of scores, W_O, and an MLP on one token.
        n -= first_pooled(config, "map")
        mlp = config.map_mlp_width or mlp
        around = 0 if config.map_plain else d * d + (up + 1) * d * mlp  # its query and its MLP
        costs["pooling head"] = 2 * n * d * d + 2 * n * d + d * d + around
    return costs


def parts(model: ViT, patches: int) -> list[Part]:
    """All parts that the model has, in the order of a pass over a picture of so many patches."""
    costs = multiply_adds(model.config, patches)
    counts = dict.fromkeys(_PARTS, 0)
    for name, size in _sizes(model):
        counts[name] += size
    found = [Part(name, count, costs.get(name, 0)) for name, count in counts.items()]
    return [part for part in found if part.parameters or part.multiply_adds]


def _sizes(model: ViT) -> Iterator[tuple[str, int]]:
    """Each parameter's part and size; ValueError for one that belongs to no part."""
    for full, parameter in model.named_parameters():
        name = full.split(".", 2)[2] if full.startswith("blocks.") else full
        part = next((part for part, starts in _PARTS.items() if starts and name.startswith(starts)), None)
        if part is None:
            raise ValueError(f"the parameter {full} belongs to no part of vit/analysis/cost.py")
        yield part, parameter.numel()
