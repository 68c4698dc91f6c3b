"""The parts of a Vision Transformer, each small enough to read in one go."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import sqrt

import torch
from einops import rearrange, repeat
from torch import Tensor, nn
from torch.nn import functional as F

from vit.model.config import ViTConfig
from vit.model.edits import NO_EDITS, Edits, edited
from vit.model.positions import rotate
from vit.model.trace import Attended, BlockTrace, MLPSteps


class PatchEmbedding(nn.Module):
    """Cut the picture into patches, flatten each, multiply by one matrix: (b, c, H, W) → (b, gh·gw, d).

    That is ``projection(cut_into_patches(pixels, p))`` (ViT paper, eq. 1). It is computed as what it
    also is, a convolution whose kernel and stride are the patch: a sum of hundreds of products depends
    in its last digit on their order, and in the convolution's order every number that follows is equal
    to transformers' to the last bit.
    """

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        self.patch_size, self.shift = config.patch_size, config.patch_shift
        self.projection = nn.Linear(config.patch_values, config.width, bias=config.patch_bias)

    def forward(self, pixels: Tensor) -> Tensor:
        p = self.patch_size
        kernel = rearrange(self.projection.weight, "d (p1 p2 c) -> d c p1 p2", p1=p, p2=p)
        embedding = F.conv2d(pixels, kernel, self.projection.bias, stride=p, padding=self.shift)  # (b, d, gh, gw)
        return rearrange(embedding, "b d gh gw -> b (gh gw) d")


def attend(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """Attention of one head (Vaswani et al. 2017, eq. 1): each query's mixture of the values.

    ``q``, ``k``, ``v``: (n, k). Returns ``z`` (n, k) and the ``pattern`` (n, n), whose row i says
    how much token i takes from every token and sums to 1. Axes in front are carried along, so that
    many heads are this same function side by side.
    """
    scores = (q / sqrt(q.shape[-1])) @ k.mT  # (…, n, n)
    pattern = torch.softmax(scores, dim=-1)  # (…, n, n)
    return pattern @ v, pattern  # (…, n, k)


class Attention(nn.Module):
    """Multi-head attention: split the width into heads, let each attend, join them again."""

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.qkv = nn.Linear(config.width, 3 * config.width, bias=config.qkv_bias)
        self.out = nn.Linear(config.width, config.width)
        self.attend = attend

    def forward(self, x: Tensor, angle: Tensor | None, edits: Edits = NO_EDITS) -> tuple[Tensor, Attended]:
        """``x`` (b, n, d) → (b, n, d), and the record. ``edits``: at ``q``, ``k``, ``v``, ``pattern`` and ``z``."""
        q, k, v = (edited(edits, point, part) for point, part in zip("qkv", self.split(x, angle), strict=True))
        z, pattern = self.attend(q, k, v)  # (b, h, n, k), (b, h, n, n)
        if "pattern" in edits:
            pattern = edits["pattern"](pattern)
            z = pattern @ v
        z = edited(edits, "z", z)
        return self.join(z), Attended(q, k, v, pattern, edited_z=z if "z" in edits else None)

    def forward_unrecorded(self, x: Tensor, angle: Tensor | None) -> Tensor:
        """The same sum without a record: ``attend`` computed part by part, the whole pattern never in memory."""
        return self.join(F.scaled_dot_product_attention(*self.split(x, angle)))

    def split(self, x: Tensor, angle: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of every head, each (b, h, n, k), turned where positions are rotary."""
        q, k, v = rearrange(self.qkv(x), "b n (qkv h k) -> qkv b h n k", qkv=3, h=self.heads)
        return (q, k, v) if angle is None else (rotate(q, angle), rotate(k, angle), v)

    def join(self, z: Tensor) -> Tensor:
        """The heads' answers side by side, times one matrix: (b, h, n, k) → (b, n, d)."""
        attn_out: Tensor = self.out(rearrange(z, "b h n k -> b n (h k)"))
        return attn_out


def gelu(x: Tensor) -> Tensor:
    """x · Φ(x) (Hendrycks & Gimpel 2016, arXiv 1606.08415)."""
    return F.gelu(x)


def quick_gelu(x: Tensor) -> Tensor:
    """x · σ(1.702 x): the cheap GELU of the original CLIP (Hendrycks & Gimpel 2016, section 2)."""
    return x * torch.sigmoid(1.702 * x)


def gelu_tanh(x: Tensor) -> Tensor:
    """GELU with Φ approximated by a tanh (Hendrycks & Gimpel 2016, section 2)."""
    return F.gelu(x, approximate="tanh")


def swiglu(x: Tensor) -> Tensor:
    """silu(gate) · value, the two standing side by side in ``x`` (Shazeer 2020, arXiv 2002.05202)."""
    gate, value = x.chunk(2, dim=-1)
    return F.silu(gate) * value


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "quick_gelu": quick_gelu,
    "swiglu": swiglu,
}


class MLP(nn.Module):
    """Two linear layers with an activation between them, on every token alone: (b, n, d) → (b, n, d)."""

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        halves = 2 if config.activation == "swiglu" else 1
        self.up = nn.Linear(config.width, halves * config.mlp_width)
        self.activation = ACTIVATIONS[config.activation]
        self.down = nn.Linear(config.mlp_width, config.width)

    def forward(self, x: Tensor, edits: Edits = NO_EDITS) -> Tensor:
        """``edits``: at ``mlp_hidden``, what the activation gives, (b, n, mlp)."""
        mlp_out: Tensor = self.down(edited(edits, "mlp_hidden", self.activation(self.up(x))))
        return mlp_out


class LayerScale(nn.Module):
    """One learned factor a dimension on what a branch adds (Touvron et al. 2021, arXiv 2103.17239)."""

    def __init__(self, width: int, initial: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), initial))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class Block(nn.Module):
    """A pre-norm transformer block: attention mixes tokens, the MLP works on each; both *add*."""

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()

        def scale() -> nn.Module:
            return nn.Identity() if config.layer_scale is None else LayerScale(config.width, config.layer_scale)

        self.norm1 = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.attention = Attention(config)
        self.scale1 = scale()
        self.norm2 = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.mlp = MLP(config)
        self.scale2 = scale()
        self.drop = nn.Dropout(config.dropout) if config.dropout else nn.Identity()

    def forward(self, resid_pre: Tensor, angle: Tensor | None = None, edits: Edits = NO_EDITS) -> BlockTrace:
        """``resid_pre`` (b, n, d) → everything that happened. ``edits``: at ``POINTS_OF_A_BLOCK``."""
        at = partial(edited, edits)
        attn_out, attended = self.attention(at("norm1", self.norm1(resid_pre)), angle, edits)
        attn_out = at("attn_out", self.drop(self.scale1(attn_out)))  # (b, n, d)
        resid_mid = at("resid_mid", resid_pre + attn_out)  # (b, n, d)
        mlp_out = self.mlp(at("norm2", self.norm2(resid_mid)), edits)
        mlp_out = at("mlp_out", self.drop(self.scale2(mlp_out)))  # (b, n, d)
        resid_post = at("resid_post", resid_mid + mlp_out)  # (b, n, d)
        return BlockTrace(resid_pre, attended, resid_mid, resid_post)

    def forward_unrecorded(self, resid: Tensor, angle: Tensor | None = None) -> Tensor:
        """The residual stream (b, n, d) after the block, nothing kept on the way."""
        resid = resid + self.drop(self.scale1(self.attention.forward_unrecorded(self.norm1(resid), angle)))
        resid_post: Tensor = resid + self.drop(self.scale2(self.mlp(self.norm2(resid))))
        return resid_post

    def mlp_steps(self, resid_mid: Tensor) -> MLPSteps:
        """The MLP of ``resid_mid`` (b, n, d) step by step."""
        normed = self.norm2(resid_mid)  # (b, n, d)
        up = self.mlp.up(normed)  # (b, n, mlp), twice as wide for SwiGLU
        activated = self.mlp.activation(up.clone())  # (b, n, mlp); a served model's activation writes over its input
        return MLPSteps(normed, up, activated, self.mlp.down(activated))


class MAPHead(nn.Module):
    """Multi-head attention pooling: a learned probe asks, the tokens answer: (b, n, d) → (b, d).

    Zhai et al. 2021 (arXiv 2106.04560); SigLIP's pooling.
    """

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.probe = nn.Parameter(torch.zeros(config.width))
        self.q = nn.Linear(config.width, config.width)
        self.kv = nn.Linear(config.width, 2 * config.width)
        self.out = nn.Linear(config.width, config.width)
        self.norm = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.mlp = MLP(config)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The pooled vector (b, d) and the probe's pattern (b, h, n)."""
        q = repeat(self.q(self.probe), "(h k) -> b h 1 k", b=len(x), h=self.heads)
        k, v = rearrange(self.kv(x), "b n (kv h k) -> kv b h n k", kv=2, h=self.heads)
        z, pattern = attend(q, k, v)  # (b, h, 1, k), (b, h, 1, n)
        pooled = self.out(rearrange(z, "b h 1 k -> b (h k)"))  # (b, d)
        pooled = pooled + self.mlp(self.norm(pooled))
        return pooled, rearrange(pattern, "b h 1 n -> b h n")
