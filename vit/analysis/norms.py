"""A norm taken as linear: its deviation held at what it is for this picture (Ali et al. 2022, arXiv 2202.07304, section
3; Achtibat et al. 2024, arXiv 2402.05602, section 3).

A LayerNorm takes the mean away, divides by the deviation, multiplies by γ and adds β; an RMSNorm only divides and
multiplies; LayerScale only multiplies. A module that is none of these leaves things as they are.
"""

from __future__ import annotations

import torch
from einops import reduce
from torch import Tensor, nn

from vit.model.layers import LayerScale


def held_norm(norm: nn.Module, x: Tensor) -> Tensor:
    """The norm of ``x`` (…, d) itself; only its gradient does not know of the deviation."""
    held = _centred(norm, x) / deviation(norm, x).detach() * _gain(norm, x)
    return held + norm.bias if isinstance(norm, nn.LayerNorm) else held


def linear_part(norm: nn.Module, x: Tensor) -> Tensor:
    """What a norm does with ``x`` (…, d) but for dividing by the deviation and adding β."""
    return _centred(norm, x) * _gain(norm, x)


def through_norm(norm: nn.Module, x: Tensor, direction: Tensor) -> Tensor:
    """What a norm makes of a ``direction`` (…, d) that is added to ``x`` (…, d)."""
    return linear_part(norm, direction) / deviation(norm, x)


def back_through(norm: nn.Module, x: Tensor, factors: Tensor) -> Tensor:
    """How ``factors`` (…, d), read from the norm of ``x`` (…, d), read from ``x`` itself."""
    return _centred(norm, factors * _gain(norm, factors)) / deviation(norm, x).to(factors)


def deviation(norm: nn.Module, x: Tensor) -> Tensor:
    """What a norm divides each vector of ``x`` (…, d) by: (…, 1)."""
    if isinstance(norm, nn.LayerNorm):
        return (reduce(_centred(norm, x) ** 2, "... d -> ... 1", "mean") + norm.eps).sqrt()
    if isinstance(norm, nn.RMSNorm):
        return (reduce(x**2, "... d -> ... 1", "mean") + (norm.eps or 0.0)).sqrt()
    return torch.ones_like(x[..., :1])


def _centred(norm: nn.Module, x: Tensor) -> Tensor:
    return x - reduce(x, "... d -> ... 1", "mean") if isinstance(norm, nn.LayerNorm) else x


def _gain(norm: nn.Module, x: Tensor) -> Tensor:
    if isinstance(norm, nn.LayerNorm | nn.RMSNorm):
        return norm.weight.to(x)
    return norm.gamma.to(x) if isinstance(norm, LayerScale) else torch.ones_like(x[..., :1])
