"""The activations between the two matrices of an MLP."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F


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
