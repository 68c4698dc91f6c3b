"""The Trace: everything one picture turned into on its way through the model, under its own name.

Axis letters, used in every pattern and shape comment of this package:

======  =======================================================================
``b``   picture in the batch
``c``   colour channel
``gh``  row of the patch grid, ``gw`` column of the patch grid
``p``   patch (``p1``, ``p2``: row and column of a pixel inside its patch)
``n``   token: the prefix tokens first, then the patches row by row
``d``   dimension of the residual stream (the model's width)
``h``   attention head, ``k`` dimension inside one head
======  =======================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt

from einops import rearrange
from torch import Tensor

_NAMES = {"cls": "CLS", "dist": "distillation"}


@dataclass(frozen=True)
class TokenLayout:
    """Which token is what: the names of the prefix tokens, then a grid of patches.

    The one place that knows where the patches begin. ``prefix`` is e.g. ``("cls", "reg0")``,
    ``grid`` the patches (down, across); the picture need not be square.
    """

    prefix: tuple[str, ...]
    grid: tuple[int, int]

    @property
    def n_prefix(self) -> int:
        return len(self.prefix)

    @property
    def n_patches(self) -> int:
        return self.grid[0] * self.grid[1]

    @property
    def n_tokens(self) -> int:
        return self.n_prefix + self.n_patches

    def patches(self, x: Tensor, axis: int = -2) -> Tensor:
        """The part of ``x`` along its token ``axis`` that belongs to patches."""
        return x.narrow(axis, self.n_prefix, self.n_patches)

    def to_grid(self, x: Tensor) -> Tensor:
        """Patches laid out as they lie on the picture: (…, gh·gw, d) → (…, gh, gw, d)."""
        return rearrange(x, "... (gh gw) d -> ... gh gw d", gh=self.grid[0])

    def patch_token(self, row: int, column: int) -> int:
        """The token index of the patch in ``row`` and ``column`` (both from 0)."""
        gh, gw = self.grid
        if not (0 <= row < gh and 0 <= column < gw):
            raise IndexError(f"patch ({row}, {column}) is outside the {gh}×{gw} grid")
        return self.n_prefix + row * gw + column

    def row_column(self, token: int) -> tuple[int, int] | None:
        """Where a patch token lies on the grid, or None for a prefix token."""
        patch = token - self.n_prefix
        return divmod(patch, self.grid[1]) if patch >= 0 else None

    def name(self, token: int) -> str:
        """What to call a token on a page: ``CLS``, ``register 2``, ``patch (3, 5)`` (row, column)."""
        if not 0 <= token < self.n_tokens:
            raise IndexError(f"token {token} is not one of the {self.n_tokens} tokens")
        if place := self.row_column(token):
            return f"patch ({place[0]}, {place[1]})"
        name = self.prefix[token]
        return f"register {name[3:]}" if name.startswith("reg") else _NAMES[name]


@dataclass(frozen=True)
class BlockTrace:
    """What happened in one transformer block. Six tensors are stored, the rest follows from them.

    ``resid_pre``, ``resid_mid``, ``resid_post``: the residual stream before the block, after
    attention, after the MLP, each (b, n, d). ``q``, ``k``, ``v``: (b, h, n, k), rotated already
    where the model uses rotary positions. ``pattern``: softmax(q kᵀ / √k), (b, h, n, n), row =
    query; each row sums to 1 (Vaswani et al. 2017, arXiv 1706.03762, eq. 1).
    """

    resid_pre: Tensor
    q: Tensor
    k: Tensor
    v: Tensor
    pattern: Tensor
    resid_mid: Tensor
    resid_post: Tensor

    @property
    def scores(self) -> Tensor:
        """q kᵀ / √k, before the softmax: (b, h, n, n)."""
        return (self.q / sqrt(self.q.shape[-1])) @ self.k.mT

    @property
    def z(self) -> Tensor:
        """pattern · v, each head's answer before heads are joined: (b, h, n, k)."""
        return self.pattern @ self.v

    @property
    def attn_out(self) -> Tensor:
        """What attention added to the residual stream (after its LayerScale): (b, n, d)."""
        return self.resid_mid - self.resid_pre

    @property
    def mlp_out(self) -> Tensor:
        """What the MLP added to the residual stream (after its LayerScale): (b, n, d)."""
        return self.resid_post - self.resid_mid


@dataclass(frozen=True)
class Trace:
    """One forward pass, recorded.

    ======================  ===============================================================
    ``pixels``              (b, c, height, width) as the model got them, normalised
    ``patches``             (b, gh·gw, p·p·c) pixels cut into flat patches
    ``patch_embedding``     (b, gh·gw, d) each patch multiplied by the patch matrix
    ``position_embedding``  (n, d) what was added for position; zero rows where nothing was
    ``tokens``              (b, n, d) what enters the first block
    ``blocks[i]``           :class:`BlockTrace` of block i
    ``final``               (b, n, d) all tokens after the final norm
    ``pooled``              (b, d) what the head reads: CLS, mean or MAP output after the final
                            norm; (b, 2·d) where the head reads two of them side by side
    ``pool_pattern``        (b, h, n) the MAP head's attention, None without a MAP head
    ``logits``              (b, classes), None without a classification head
    ======================  ===============================================================
    """

    pixels: Tensor
    patch_embedding: Tensor
    position_embedding: Tensor
    tokens: Tensor
    blocks: tuple[BlockTrace, ...]
    final: Tensor
    pooled: Tensor
    pool_pattern: Tensor | None
    logits: Tensor | None
    layout: TokenLayout
    patch_size: int = field(repr=False)

    @property
    def patches(self) -> Tensor:
        return cut_into_patches(self.pixels, self.patch_size)

    @property
    def depth(self) -> int:
        return len(self.blocks)

    @property
    def n_heads(self) -> int:
        return self.blocks[0].pattern.shape[1]

    def residual(self, level: int) -> Tensor:
        """The residual stream (b, n, d) at ``level``: 0 before the first block, i after block i."""
        return self.tokens if level == 0 else self.blocks[level - 1].resid_post

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes; tensors that share their storage are counted once."""
        tensors = [self.pixels, self.patch_embedding, self.position_embedding, self.tokens, self.final, self.pooled]
        tensors += [t for t in (self.pool_pattern, self.logits) if t is not None]
        for block in self.blocks:
            tensors += [block.q, block.k, block.v, block.pattern, block.resid_mid, block.resid_post]
        storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}
        return sum(storages.values())


def cut_into_patches(pixels: Tensor, patch_size: int) -> Tensor:
    """Cut pictures (b, c, height, width) into flat patches (b, gh·gw, p·p·c), row by row."""
    return rearrange(pixels, "b c (gh p1) (gw p2) -> b (gh gw) (p1 p2 c)", p1=patch_size, p2=patch_size)
