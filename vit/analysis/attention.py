"""Reading attention: rollout over layers, value-weighted contribution, entropy, distance.

Every function takes a :class:`Trace` (its first picture) and returns numpy arrays in fp32. ``l``
counts layers; the other axis letters are those of :mod:`vit.model.trace`. They go layer by layer, so that
no copy of all patterns is ever made.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2, sqrt
from typing import TYPE_CHECKING

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from vit.analysis.norms import linear_part
from vit.model.layout import TokenLayout
from vit.model.trace import BlockTrace, Trace

if TYPE_CHECKING:
    from vit.model.layers import Block
    from vit.model.vit import ViT


@torch.inference_mode()
def rollout(trace: Trace) -> np.ndarray:
    """Attention rollout up to every layer: (l, n, n), rows sum to 1; see :func:`rolled_out`."""
    layers: list[Tensor] = []
    for block in trace.blocks:
        layers.append(rolled_out(block.pattern[0], layers[-1] if layers else None))
    return torch.stack(layers).numpy()


def rolled_out(pattern: Tensor, before: Tensor | None) -> Tensor:
    """Rollout through one more layer: its ``pattern`` (h, n, n), and what came ``before`` (n, n), None at the first.

    Abnar & Zuidema 2020 (arXiv 2005.00928): a token also keeps itself, through the residual
    stream, so a layer mixes tokens by Â = ½·A + ½·I (A: mean over heads, rows renormalised), and
    up to layer i they are mixed by Âᵢ ··· Â₁ Â₀. Row = token after layer i, column = input token.
    It ignores what the values carry and what the MLP does.
    """
    mean = pattern.mean(dim=0)  # (n, n)
    mixed = 0.5 * mean + 0.5 * torch.eye(len(mean))
    mixed = mixed / mixed.sum(dim=-1, keepdim=True)
    return mixed if before is None else mixed @ before


@torch.inference_mode()
def value_norms(trace: Trace, model: ViT) -> np.ndarray:
    """‖v W_O‖ of every key in every head and layer: (l, h, n); see :func:`value_norms_of`."""
    pairs = zip(trace.blocks, model.blocks, strict=True)
    return torch.stack([value_norms_of(block.v[0], layer) for block, layer in pairs]).numpy()


def value_norms_of(v: Tensor, block: Block) -> Tensor:
    """‖v W_O‖ of every key in every head of one block: values (h, n, k) → (h, n).

    Attention says how much of a value is taken, not how much there is to take. The contribution
    of key j to query i is ‖p_ij · v_j W_O‖ = p_ij · ‖v_j W_O‖ (Kobayashi et al. 2020, arXiv
    2004.10102, eq. 5): one norm a key is enough to weight a whole pattern. ``W_O`` is the head's
    slice of the output matrix. Where the model has LayerScale its γ is included, because only
    γ ∘ (v W_O) reaches the residual stream: weighted by the pattern and summed over heads and keys,
    these vectors are ``attn_out``, up to the output bias; and up to the deviations, one a query, that norms divide by
    where a model has them behind its heads or behind its attention.

    The norm is taken as √(v G vᵀ) with G = W_O W_Oᵀ, k × k: the d-wide vectors are never made.
    """
    written = linear_part(block.scale1, block.attention.out.weight.mT)  # (h·k, d)
    written = linear_part(block.attention.norm, written.mT).mT  # of what reaches W_O
    out = rearrange(written, "(h k) d -> h k d", h=block.attention.heads)
    norms: Tensor = (v @ (out @ out.mT) * v).sum(dim=-1).clamp_min(0).sqrt()  # (h, n)
    return norms


def contribution(pattern: np.ndarray, norms: np.ndarray) -> np.ndarray:
    """Value-weighted attention p_ij · ‖v_j W_O‖: pattern (…, n, n), norms (…, n) → (…, n, n)."""
    weighted: np.ndarray = pattern * norms[..., None, :]
    return weighted


@torch.inference_mode()
def entropy(trace: Trace) -> np.ndarray:
    """How widely a head spreads its attention, in bits, averaged over queries: (l, h)."""
    return torch.stack([entropy_of(block.pattern[0]) for block in trace.blocks]).numpy()


def entropy_of(pattern: Tensor) -> Tensor:
    """The same for the heads of one layer: (h, n, n) → (h,).

    0: every query looks at one token; log₂ n (:func:`most_entropy`): at all tokens alike.
    """
    # xlogy has 0 · log 0 = 0, which the softmax of a very decided head does produce.
    nats: Tensor = -torch.special.xlogy(pattern, pattern).sum(dim=-1).mean(dim=-1)  # (h,)
    return nats / torch.tensor(2.0).log()


def most_entropy(layout: TokenLayout) -> float:
    """The entropy of uniform attention, in bits."""
    return log2(layout.n_tokens)


def patch_distances(layout: TokenLayout, patch_size: int) -> np.ndarray:
    """Pixels between the centres of any two patches: (gh·gw, gh·gw)."""
    rows, columns = np.divmod(np.arange(layout.n_patches), layout.grid[1])
    pixels: np.ndarray = np.hypot(rows[:, None] - rows, columns[:, None] - columns).astype(np.float32) * patch_size
    return pixels


@torch.inference_mode()
def mean_distance(trace: Trace) -> np.ndarray:
    """How far a head looks, in pixels, averaged over the patches that ask: (l, h)."""
    distances = torch.from_numpy(patch_distances(trace.layout, trace.patch_size))
    means = [mean_distance_of(block.pattern[0], trace.layout, distances) for block in trace.blocks]
    return torch.stack(means).numpy()


def mean_distance_of(pattern: Tensor, layout: TokenLayout, distances: Tensor) -> Tensor:
    """The same for the heads of one layer: (h, n, n), and pixels from patch to patch (gh·gw, gh·gw) → (h,).

    The attention distance of the ViT paper (Dosovitskiy et al. 2020, fig. 7 right, appendix D.7):
    distances between query and key, weighted by attention. Prefix tokens have no place, so they
    are left out as queries and as keys, and each row is renormalised over the patches.
    """
    among = layout.patches(layout.patches(pattern), axis=-1)  # (h, gh·gw, gh·gw)
    weighted = torch.einsum("h q k, q k -> h q", among, distances)
    return (weighted / among.sum(dim=-1).clamp_min(1e-12)).mean(dim=-1)


@dataclass(frozen=True)
class Walk:
    """The way of one query through one head: q·k → ÷√k → softmax → Σ p v (Vaswani et al. 2017, eq. 1).

    ``q`` (k,) asks; ``k`` and ``v`` (n, k) are every token's; ``dots``, ``scores`` and ``p`` (n,) are
    the three steps; ``weighted`` (n, k) is p·v of every key and ``z`` (k,) its sum. ``bias`` (n,): what relative
    positions add to the scores, None for models without them.
    """

    q: np.ndarray
    k: np.ndarray
    v: np.ndarray
    p: np.ndarray
    bias: np.ndarray | None = None

    @property
    def dots(self) -> np.ndarray:
        dots: np.ndarray = self.k @ self.q
        return dots

    @property
    def scores(self) -> np.ndarray:
        return self.with_bias(self.dots / np.float32(sqrt(len(self.q))))

    def with_bias(self, scores: np.ndarray) -> np.ndarray:
        """Scores (n,) and what relative positions add to them."""
        return scores if self.bias is None else scores + self.bias

    @property
    def weighted(self) -> np.ndarray:
        weighted: np.ndarray = self.p[:, None] * self.v
        return weighted

    @property
    def z(self) -> np.ndarray:
        z: np.ndarray = self.weighted.sum(axis=0)
        return z


def walk(block: BlockTrace, head: int, query: int) -> Walk:
    """What the token ``query`` did in ``head`` of ``block``, with the trace's own numbers."""
    q, k, v, pattern = (tensor[0, head].numpy() for tensor in (block.q, block.k, block.v, block.pattern))
    bias = block.attended.bias
    return Walk(q[query], k, v, pattern[query], None if bias is None else bias[head, query].numpy())
