"""The same sums with less memory and fewer calls: written over their input, identities left out.

A trace makes (n, n) patterns and (n, mlp) hidden layers; writing each into fresh memory takes longer than computing
it. And between two operations Python looks up modules, patterns of einops and edits that are not there: a fifth
of a small model's pass. ``vit/model`` is written to be read, makes fresh tensors and can be edited at every point;
whoever runs many passes calls :func:`in_place` once on the loaded model. Every number is the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vit.model.activations import gelu, gelu_tanh
from vit.model.edits import NO_EDITS, Edits
from vit.model.layers import MLP, Attention, Block, LayerScale, attend
from vit.model.trace import Attended, BlockTrace

Model = TypeVar("Model", bound=nn.Module)


def attend_in_place(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """:func:`vit.model.layers.attend`, the pattern written over the scores unless a gradient needs both."""
    if q.requires_grad or k.requires_grad:
        return attend(q, k, v, bias)
    scores = (q / sqrt(q.shape[-1])) @ k.mT  # (…, n, n)
    scores = scores if bias is None else scores.add_(bias)
    pattern = torch.softmax(scores, dim=-1, out=scores)  # (…, n, n)
    return pattern @ v, pattern  # (…, n, k)


def gelu_in_place(x: Tensor) -> Tensor:
    """:func:`vit.model.activations.gelu` written over ``x`` unless a gradient needs it."""
    return gelu(x) if x.requires_grad else torch.ops.aten.gelu_(x)


def gelu_tanh_in_place(x: Tensor) -> Tensor:
    """:func:`vit.model.activations.gelu_tanh` written over ``x`` unless a gradient needs it."""
    return gelu_tanh(x) if x.requires_grad else torch.ops.aten.gelu_(x, approximate="tanh")


_IN_PLACE: dict[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]] = {
    gelu: gelu_in_place,
    gelu_tanh: gelu_tanh_in_place,
}


class FastBlock(Block):
    """A block that does without what a pass has no use for; where an edit or a gradient may need it, the plain one."""

    def forward(self, resid_pre: Tensor, places: Tensor | None = None, edits: Edits = NO_EDITS) -> BlockTrace:
        """As in :class:`Block`."""
        if edits or torch.is_grad_enabled():
            return super().forward(resid_pre, places, edits)
        z, attended = self._attend(resid_pre, places)  # (b, h, n, k)
        resid_mid = self._after_attention(resid_pre, z)  # (b, n, d)
        resid_post = self._after_mlp(resid_pre, resid_mid)  # (b, n, d)
        return BlockTrace(resid_pre, attended, resid_mid, resid_post)

    def attended(self, resid_pre: Tensor, places: Tensor | None = None) -> Attended:
        """As in :class:`Block`; without the product with the matrix behind the heads, which the record leaves out."""
        return super().attended(resid_pre, places) if torch.is_grad_enabled() else self._attend(resid_pre, places)[1]

    def forward_unrecorded(self, resid: Tensor, places: Tensor | None = None) -> Tensor:
        """As in :class:`Block`."""
        if torch.is_grad_enabled():
            return super().forward_unrecorded(resid, places)
        bias = self.attention.bias(resid.shape[1], places)  # (h, n, n)
        z = F.scaled_dot_product_attention(*self._split(resid, places), attn_mask=bias)  # (b, h, n, k)
        return self._after_mlp(resid, self._after_attention(resid, z))

    def _attend(self, resid_pre: Tensor, places: Tensor | None) -> tuple[Tensor, Attended]:
        """The heads' answers (b, h, n, k), and the record."""
        q, k, v = self._split(resid_pre, places)  # (b, h, n, k) each
        bias = self.attention.bias(resid_pre.shape[1], places)  # (h, n, n)
        z, pattern = attend_in_place(q, k, v, bias)  # (b, h, n, k), (b, h, n, n)
        return z, Attended(q, k, v, pattern, bias=bias)

    def _split(self, resid: Tensor, places: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of every head, each (b, h, n, k): views, where nothing is done to them."""
        attention, normed = self.attention, _through(self.norm1, resid)
        if attention.rotary or not isinstance(attention.q_norm, nn.Identity):
            return attention.split(normed, places)
        qkv = attention.qkv(normed).unflatten(-1, (3, attention.heads, -1))  # (b, n, 3, h, k)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind()
        return q, k, v

    def _after_attention(self, resid: Tensor, z: Tensor) -> Tensor:
        """The stream (b, n, d) with what the heads' answers ``z`` (b, h, n, k) add to it."""
        joined = _through(self.attention.norm, z.transpose(1, 2).flatten(2))  # (b, n, h·k)
        return _added(resid, self.attention.out(joined), self.scale1)

    def _after_mlp(self, resid_pre: Tensor, resid_mid: Tensor) -> Tensor:
        """The stream (b, n, d) with what the MLP adds to it."""
        mlp = self.mlp
        hidden = mlp.activation(mlp.up(_through(self.norm2, self.read_by_mlp(resid_pre, resid_mid))))  # (b, n, mlp)
        return _added(resid_mid, mlp.down(_through(mlp.norm, hidden)), self.scale2)


def _through(module: nn.Module, x: Tensor) -> Tensor:
    """``module(x)``, not called where it is the identity."""
    if isinstance(module, nn.Identity):
        return x
    result: Tensor = module(x)
    return result


def _added(resid: Tensor, branch: Tensor, scale: nn.Module) -> Tensor:
    """``resid + scale(branch)``, written over ``branch``, which must be nobody else's."""
    branch = branch.mul_(scale.gamma) if isinstance(scale, LayerScale) else _through(scale, branch)
    return branch.add_(resid)


def in_place(model: Model) -> Model:
    """``model`` itself, its blocks, attention and activations replaced by those that write over their input."""
    for module in model.modules():
        if isinstance(module, Block):
            module.__class__ = FastBlock
        elif isinstance(module, Attention):
            module.attend = attend_in_place
        elif isinstance(module, MLP):
            module.activation = _IN_PLACE.get(module.activation, module.activation)
    return model
