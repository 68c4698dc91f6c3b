"""From all tokens to the one vector that a head reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from einops import rearrange, reduce, repeat
from torch import Tensor, nn
from torch.nn import functional as F

from vit.model.config import ViTConfig
from vit.model.layers import MLP, attend, make_norm

REDUCED: dict[str, Callable[[Tensor], Tensor]] = {  # (b, n, d) → (b, d)
    "mean": lambda tokens: reduce(tokens, "b n d -> b d", "mean"),
    "max": lambda tokens: tokens.amax(dim=1),
    "mean&max": lambda tokens: (reduce(tokens, "b n d -> b d", "mean") + tokens.amax(dim=1)) / 2,
}


def pool(config: ViTConfig, head: MAPHead | None, final: Tensor) -> tuple[Tensor, Tensor | None]:
    """What each part of ``config.pooling`` makes of the tokens (b, n, d), side by side: (b, parts·d); and the pattern
    (b, h, n) of a MAP head."""
    parts: list[Tensor] = []
    pattern: Tensor | None = None
    for part in config.pooling.split("+"):
        first = first_pooled(config, part)
        if part == "map" and head is not None:
            pooled, pattern = head(final, first)
        elif part in REDUCED:
            pooled = REDUCED[part](final[:, first:])
        else:
            pooled = final[:, config.prefix.index(part)]
        parts.append(pooled)
    return torch.cat(parts, dim=-1), pattern


def first_pooled(config: ViTConfig, part: str) -> int:
    """The first token that a part of the pooling reads: 0, or the first patch."""
    reads_prefix = part == "map" if config.pool_prefix is None else config.pool_prefix
    return 0 if reads_prefix else len(config.prefix)


class MAPHead(nn.Module):
    """Multi-head attention pooling: a learned probe asks, the tokens answer: (b, n, d) → (b, d).

    Zhai et al. 2021 (arXiv 2106.04560); SigLIP's pooling. A plain one (AIMv2's) is attention alone: the probe is the
    query itself, and no MLP follows.
    """

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        self.heads = config.map_heads or config.heads
        self.probe = nn.Parameter(torch.zeros(config.width))
        self.q = nn.Identity() if config.map_plain else nn.Linear(config.width, config.width)
        self.kv = nn.Linear(config.width, 2 * config.width, bias=config.qkv_bias or not config.map_plain)
        self.out = nn.Linear(config.width, config.width)
        self.norm: nn.Module = nn.Identity()
        self.mlp: MLP | None = None
        if config.map_plain:
            return
        self.norm = make_norm(config, config.width)
        mlp_width = config.map_mlp_width or config.mlp_width
        self.mlp = MLP(replace(config, mlp_width=mlp_width, mlp_norm=False, linear_bias=True))

    def forward(self, x: Tensor, first: int = 0) -> tuple[Tensor, Tensor]:
        """The pooled vector (b, d) and the probe's pattern (b, h, n), zero for tokens before the ``first`` it reads."""
        q = repeat(self.q(self.probe), "(h k) -> b h 1 k", b=len(x), h=self.heads)
        k, v = rearrange(self.kv(x[:, first:]), "b n (kv h k) -> kv b h n k", kv=2, h=self.heads)
        z, pattern = attend(q, k, v)  # (b, h, 1, k), (b, h, 1, n)
        pooled = self.out(rearrange(z, "b h 1 k -> b (h k)"))  # (b, d)
        pooled = pooled + self.added(pooled)
        return pooled, F.pad(rearrange(pattern, "b h 1 n -> b h n"), (first, 0))

    def added(self, read: Tensor) -> Tensor:
        """What the MLP adds to what attention read: (b, d)."""
        if self.mlp is None:
            return torch.zeros_like(read)
        added: Tensor = self.mlp(self.norm(read))
        return added
