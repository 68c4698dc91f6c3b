"""The same sums with less memory: softmax and GELU written over their input.

A trace makes (n, n) patterns and (n, mlp) hidden layers; writing each into fresh memory takes longer than computing
it. ``vit/model`` is written to be read and makes fresh tensors; whoever runs many passes calls :func:`in_place`
once on the loaded model. Every number is the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import TypeVar

import torch
from torch import Tensor, nn

from vit.model.activations import gelu, gelu_tanh
from vit.model.layers import MLP, Attention, attend

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


def in_place(model: Model) -> Model:
    """``model`` itself, its attention and activations replaced by those that write over their input."""
    for module in model.modules():
        if isinstance(module, Attention):
            module.attend = attend_in_place
        elif isinstance(module, MLP):
            module.activation = _IN_PLACE.get(module.activation, module.activation)
    return model
