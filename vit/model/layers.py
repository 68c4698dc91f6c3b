"""The parts of a Vision Transformer, each small enough to read in one go."""

from __future__ import annotations

from functools import partial
from math import sqrt

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from vit.model.activations import ACTIVATIONS
from vit.model.config import ViTConfig
from vit.model.edits import NO_EDITS, Edits, edited
from vit.model.linear import Linear
from vit.model.positions import learned_angles, relative_bias, rotate
from vit.model.trace import Attended, BlockTrace, MLPSteps


def make_norm(config: ViTConfig, width: int) -> nn.Module:
    """The model's kind of norm over ``width`` numbers."""
    kind = {"layer": nn.LayerNorm, "rms": nn.RMSNorm}[config.norm]
    norm: nn.Module = kind(width, eps=config.norm_eps)
    return norm


FEW = 64  # tokens of which a CPU learns faster with the whole pattern: with 50, in three quarters of the time


def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Attention of one head (Vaswani et al. 2017, eq. 1): each query's mixture of the values.

    ``q``, ``k``, ``v``: (n, k). Returns ``z`` (n, k) and the ``pattern`` (n, n), whose row i says
    how much token i takes from every token and sums to 1. Axes in front are carried along, so that
    many heads are this same function side by side. ``bias`` (n, n): what relative positions add to the scores.
    """
    scores = (q / sqrt(q.shape[-1])) @ k.mT  # (…, n, n)
    scores = scores if bias is None else scores + bias
    pattern = torch.softmax(scores, dim=-1)  # (…, n, n)
    return pattern @ v, pattern  # (…, n, k)


class Attention(nn.Module):
    """Multi-head attention: split the width into heads, let each attend, join them again.

    ``places``: what of the patches' places a block needs to know, as ``ViT.places`` gives it.
    """

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        self.heads, self.grid, self.neighbours = config.heads, config.grid, config.rope_neighbours
        self.qkv = Linear(config.width, 3 * config.heads_width, bias=config.qkv_bias)
        self.q_norm = make_norm(config, config.head_width) if config.qk_norm else nn.Identity()
        self.k_norm = make_norm(config, config.head_width) if config.qk_norm else nn.Identity()
        self.norm = make_norm(config, config.heads_width) if config.attention_norm else nn.Identity()
        self.out = Linear(config.heads_width, config.width, bias=config.linear_bias)
        self.attend = attend
        self.rotary, self.relative, self.frequency = config.has("rotary"), None, None
        if config.has("relative"):
            gh, gw = config.grid
            rows = (2 * gh - 1) * (2 * gw - 1) + 3 * len(config.prefix)
            self.relative = nn.Parameter(torch.zeros(rows, config.heads))
        if self.rotary and config.rope_coordinates == "learned":
            self.frequency = nn.Parameter(torch.zeros(2, config.heads, config.head_width // 2))

    def forward(self, x: Tensor, places: Tensor | None, edits: Edits = NO_EDITS) -> tuple[Tensor, Attended]:
        """``x`` (b, n, d) → (b, n, d), and the record. ``edits``: at ``q``, ``k``, ``v``, ``pattern`` and ``z``."""
        q, k, v = (edited(edits, point, part) for point, part in zip("qkv", self.split(x, places), strict=True))
        bias = self.bias(x.shape[1], places)  # (h, n, n)
        z, pattern = self.attend(q, k, v, bias)  # (b, h, n, k), (b, h, n, n)
        if "pattern" in edits:
            pattern = edits["pattern"](pattern)
            z = pattern @ v
        z = edited(edits, "z", z)
        return self.join(z), Attended(q, k, v, pattern, edited_z=z if "z" in edits else None, bias=bias)

    def forward_unrecorded(self, x: Tensor, places: Tensor | None) -> Tensor:
        """The same sum without a record: the whole pattern never in memory, but for training on few tokens."""
        bias = self.bias(x.shape[1], places)
        if torch.is_grad_enabled() and x.is_cpu and x.shape[1] <= FEW:
            return self.join(self.attend(*self.split(x, places), bias)[0])
        return self.join(F.scaled_dot_product_attention(*self.split(x, places), attn_mask=bias))

    def split(self, x: Tensor, places: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of every head, each (b, h, n, k), turned where positions are rotary."""
        q, k, v = self.apart(x)
        return *self.placed(q, k, places), v

    def apart(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values as the matrix gives them, each (b, h, n, k)."""
        q, k, v = rearrange(self.qkv(x), "b n (qkv h k) -> qkv b h n k", qkv=3, h=self.heads)
        return q, k, v

    def placed(self, q: Tensor, k: Tensor, places: Tensor | None) -> tuple[Tensor, Tensor]:
        """Queries and keys (b, h, n, k) behind their norms, turned where positions are rotary."""
        q, k = self.q_norm(q), self.k_norm(k)
        if places is None or not self.rotary:
            return q, k
        angle = places if self.frequency is None else learned_angles(places, self.frequency, self.neighbours)
        return rotate(q, angle, self.neighbours), rotate(k, angle, self.neighbours)

    def bias(self, n: int, places: Tensor | None) -> Tensor | None:
        """What relative positions add to the scores of ``n`` tokens: (h, n, n); None for other models."""
        if self.relative is None or places is None:
            return None
        return relative_bias(self.relative, places, self.grid, n)

    def join(self, z: Tensor) -> Tensor:
        """The heads' answers side by side, times one matrix: (b, h, n, k) → (b, n, d)."""
        attn_out: Tensor = self.out(self.norm(rearrange(z, "b h n k -> b n (h k)")))
        return attn_out


class MLP(nn.Module):
    """Two linear layers with an activation between them, on every token alone: (b, n, d) → (b, n, d)."""

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        halves = 2 if config.activation == "swiglu" else 1
        self.up = Linear(config.width, halves * config.mlp_width, bias=config.linear_bias)
        self.activation = ACTIVATIONS[config.activation]
        self.norm = make_norm(config, config.mlp_width) if config.mlp_norm else nn.Identity()
        self.down = Linear(config.mlp_width, config.width, bias=config.linear_bias)

    def forward(self, x: Tensor, edits: Edits = NO_EDITS) -> Tensor:
        """``edits``: at ``mlp_hidden``, what the activation gives, (b, n, mlp)."""
        mlp_out: Tensor = self.down(self.norm(edited(edits, "mlp_hidden", self.activation(self.up(x)))))
        return mlp_out


class LayerScale(nn.Module):
    """One learned factor a dimension on what a branch adds (Touvron et al. 2021, arXiv 2103.17239)."""

    def __init__(self, width: int, initial: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), initial))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class Block(nn.Module):
    """A transformer block: attention mixes tokens, the MLP works on each; both *add*.

    Both read the stream through a norm; in a model with ``norm_after_branch`` the norm stands behind them instead, in
    the place of LayerScale. In a ``parallel`` one both read the same.
    """

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()

        def norm(here: bool) -> nn.Module:
            return make_norm(config, config.width) if here else nn.Identity()

        def scale() -> nn.Module:
            if config.layer_scale is None:
                return norm(config.norm_after_branch)
            return LayerScale(config.width, config.layer_scale)

        self.parallel = config.parallel
        self.norm1 = norm(not config.norm_after_branch)
        self.attention = Attention(config)
        self.scale1 = scale()
        self.norm2 = norm(not config.norm_after_branch)
        self.mlp = MLP(config)
        self.scale2 = scale()
        self.drop = nn.Dropout(config.dropout) if config.dropout else nn.Identity()

    def forward(self, resid_pre: Tensor, places: Tensor | None = None, edits: Edits = NO_EDITS) -> BlockTrace:
        """``resid_pre`` (b, n, d) → everything that happened. ``edits``: at ``POINTS_OF_A_BLOCK``."""
        at = partial(edited, edits)
        attn_out, attended = self.attention(at("norm1", self.norm1(resid_pre)), places, edits)
        attn_out = at("attn_out", self.drop(self.scale1(attn_out)))  # (b, n, d)
        resid_mid = at("resid_mid", resid_pre + attn_out)  # (b, n, d)
        mlp_out = self.mlp(at("norm2", self.norm2(self.read_by_mlp(resid_pre, resid_mid))), edits)
        mlp_out = at("mlp_out", self.drop(self.scale2(mlp_out)))  # (b, n, d)
        resid_post = at("resid_post", resid_mid + mlp_out)  # (b, n, d)
        return BlockTrace(resid_pre, attended, resid_mid, resid_post)

    def attended(self, resid_pre: Tensor, places: Tensor | None = None) -> Attended:
        """The part of the record that says what the heads did with the stream (b, n, d) before the block."""
        attended: Attended
        _, attended = self.attention(self.norm1(resid_pre), places)
        return attended

    def forward_unrecorded(self, resid: Tensor, places: Tensor | None = None) -> Tensor:
        """The residual stream (b, n, d) after the block, nothing kept on the way."""
        resid_mid = resid + self.drop(self.scale1(self.attention.forward_unrecorded(self.norm1(resid), places)))
        mlp_out = self.mlp(self.norm2(self.read_by_mlp(resid, resid_mid)))
        resid_post: Tensor = resid_mid + self.drop(self.scale2(mlp_out))
        return resid_post

    def read_by_mlp(self, resid_pre: Tensor, resid_mid: Tensor) -> Tensor:
        """The stream that the MLP's norm reads: after attention, or in a ``parallel`` block before it."""
        return resid_pre if self.parallel else resid_mid

    def mlp_steps(self, record: BlockTrace) -> MLPSteps:
        """The MLP of a recorded pass step by step."""
        normed = self.norm2(self.read_by_mlp(record.resid_pre, record.resid_mid))  # (b, n, d)
        up = self.mlp.up(normed)  # (b, n, mlp), twice as wide for SwiGLU
        activated = self.mlp.activation(up.clone())  # (b, n, mlp); a served model's activation writes over its input
        return MLPSteps(normed, up, activated, self.mlp.down(self.mlp.norm(activated)))
