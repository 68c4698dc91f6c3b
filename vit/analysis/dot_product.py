"""One entry of a query, a key or a value, written out as the dot product that it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from einops import rearrange

if TYPE_CHECKING:
    from vit.model.vit import ViT

Kind = Literal["query", "key", "value"]
KINDS: tuple[Kind, ...] = ("query", "key", "value")


@dataclass(frozen=True)
class DotProduct:
    """Σ xᵢ wᵢ + b. ``x`` (d,): the token's normed vector; ``row`` (d,): one row of the matrix; ``bias``: 0 where there
    is none."""

    x: np.ndarray
    row: np.ndarray
    bias: float

    @property
    def terms(self) -> np.ndarray:
        """The products xᵢ wᵢ: (d,)."""
        terms: np.ndarray = self.x * self.row
        return terms

    @property
    def total(self) -> float:
        return float(self.terms.sum(dtype=np.float64) + self.bias)


def entry(model: ViT, layer: int, head: int, kind: Kind, dimension: int, normed: np.ndarray) -> DotProduct:
    """The entry ``dimension`` of what a head makes of ``normed`` (d,), before rotary positions turn it."""
    attention = model.blocks[layer].attention
    place = KINDS.index(kind), head, dimension
    rows = rearrange(attention.qkv.weight, "(qkv h k) d -> qkv h k d", qkv=3, h=attention.heads)
    row = rows[place].detach().numpy()  # (d,)
    bias = 0.0
    if attention.qkv.bias is not None:
        bias = rearrange(attention.qkv.bias, "(qkv h k) -> qkv h k", qkv=3, h=attention.heads)[place].item()
    return DotProduct(normed, row, bias)
