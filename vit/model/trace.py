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

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import sqrt

from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from vit.model.layout import TokenLayout


@dataclass(frozen=True)
class Attended:
    """What the heads of one block did.

    ``q``, ``k``, ``v``: (b, h, n, k), rotated already where the model uses rotary positions.
    ``pattern``: softmax(q kᵀ / √k), (b, h, n, n), row = query; each row sums to 1 (Vaswani et al.
    2017, arXiv 1706.03762, eq. 1). ``edited_z``: what an edit put in place of ``z``, None otherwise.
    ``bias`` (h, n, n): what relative positions add to the scores before the softmax, None for other models.
    """

    q: Tensor
    k: Tensor
    v: Tensor
    pattern: Tensor
    edited_z: Tensor | None = None
    bias: Tensor | None = None

    @property
    def scores(self) -> Tensor:
        """q kᵀ / √k and what relative positions add, before the softmax: (b, h, n, n)."""
        scores = (self.q / sqrt(self.q.shape[-1])) @ self.k.mT
        return scores if self.bias is None else scores + self.bias

    @property
    def z(self) -> Tensor:
        """pattern · v, each head's answer before heads are joined: (b, h, n, k)."""
        return self.pattern @ self.v if self.edited_z is None else self.edited_z

    @property
    def stored(self) -> list[Tensor]:
        """The tensors it keeps in memory."""
        sometimes = (tensor for tensor in (self.edited_z, self.bias) if tensor is not None)
        return [self.q, self.k, self.v, self.pattern, *sometimes]

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return bytes_of(self.stored)


@dataclass(frozen=True)
class MLPSteps:
    """What the MLP of one block did: ``normed`` (b, n, d) what it reads, ``up`` (b, n, mlp) before the activation
    (gate and value side by side, twice as wide, for SwiGLU), ``activated`` (b, n, mlp), ``down`` (b, n, d) before
    LayerScale."""

    normed: Tensor
    up: Tensor
    activated: Tensor
    down: Tensor


@dataclass(frozen=True)
class BlockTrace:
    """What happened in one transformer block; what is not stored follows from what is.

    ``resid_pre``, ``resid_mid``, ``resid_post``: the residual stream before the block, after
    attention, after the MLP, each (b, n, d). ``attention``: what the heads did, or a function that
    computes it again each time it is looked at (``vit/serving/lean_trace.py``). Read it as ``attended``.
    """

    resid_pre: Tensor
    attention: Attended | Callable[[], Attended]
    resid_mid: Tensor
    resid_post: Tensor

    @property
    def attended(self) -> Attended:
        """What the heads did; ``q``, ``k``, ``v`` and ``pattern`` are handed on under their own names."""
        return self.attention if isinstance(self.attention, Attended) else self.attention()

    @property
    def q(self) -> Tensor:
        return self.attended.q

    @property
    def k(self) -> Tensor:
        return self.attended.k

    @property
    def v(self) -> Tensor:
        return self.attended.v

    @property
    def pattern(self) -> Tensor:
        return self.attended.pattern

    @property
    def scores(self) -> Tensor:
        """Before the softmax: (b, h, n, n)."""
        return self.attended.scores

    @property
    def z(self) -> Tensor:
        """pattern · v, each head's answer before heads are joined: (b, h, n, k)."""
        return self.attended.z

    @property
    def attn_out(self) -> Tensor:
        """What attention added to the residual stream (after its LayerScale): (b, n, d)."""
        return self.resid_mid - self.resid_pre

    @property
    def mlp_out(self) -> Tensor:
        """What the MLP added to the residual stream (after its LayerScale): (b, n, d)."""
        return self.resid_post - self.resid_mid

    @property
    def stored(self) -> list[Tensor]:
        """The tensors it keeps in memory, but for ``resid_pre``, which is the block's before."""
        attention = self.attention.stored if isinstance(self.attention, Attended) else []
        return [*attention, self.resid_mid, self.resid_post]


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
    n_heads: int = field(repr=False)
    patch_size: int = field(repr=False)
    patch_shift: int = field(default=0, repr=False)

    @property
    def patches(self) -> Tensor:
        return cut_into_patches(self.pixels, self.patch_size, self.patch_shift)

    @property
    def depth(self) -> int:
        return len(self.blocks)

    def residual(self, level: int) -> Tensor:
        """The residual stream (b, n, d) at ``level``: 0 before the first block, i after block i."""
        return self.tokens if level == 0 else self.blocks[level - 1].resid_post

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        tensors = [self.pixels, self.patch_embedding, self.position_embedding, self.tokens, self.final, self.pooled]
        tensors += [t for t in (self.pool_pattern, self.logits) if t is not None]
        return bytes_of([*tensors, *(tensor for block in self.blocks for tensor in block.stored)])


def bytes_of(tensors: Iterable[Tensor]) -> int:
    """Memory behind all of them; what shares its storage is counted once."""
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}
    return sum(storages.values())


def cut_into_patches(pixels: Tensor, patch_size: int, shift: int = 0) -> Tensor:
    """Cut pictures (b, c, height, width) into flat patches (b, gh·gw, p·p·c), row by row.

    ``shift``: how many pixels above and left of the picture the first patch begins, on zeros.
    """
    if shift:
        pixels = F.pad(pixels, (shift, -shift, shift, -shift))  # left, right, top, bottom
    return rearrange(pixels, "b c (gh p1) (gw p2) -> b (gh gw) (p1 p2 c)", p1=patch_size, p2=patch_size)
