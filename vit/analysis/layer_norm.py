"""LayerNorm worked through on one vector (Ba, Kiros & Hinton 2016, arXiv 1607.06450, section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import nn


@dataclass(frozen=True)
class NormSteps:
    """The steps on a vector x (d,): its ``mean`` μ and ``variance`` σ², the ``standard`` form (x − μ) / √(σ² + ε), and
    ``out``: that times the learned ``gain`` γ plus the learned ``shift`` β, dimension by dimension."""

    mean: float
    variance: float
    standard: np.ndarray
    gain: np.ndarray
    shift: np.ndarray
    out: np.ndarray


def norm_steps(norm: nn.LayerNorm, x: np.ndarray) -> NormSteps:
    """What ``norm`` does with one vector (d,), computed from the definition in 64-bit numbers."""
    wide = x.astype(np.float64)
    mean, variance = float(wide.mean()), float(wide.var())
    standard = (wide - mean) / np.sqrt(variance + norm.eps)  # (d,)
    gain, shift = (parameter.detach().double().numpy() for parameter in (norm.weight, norm.bias))
    return NormSteps(mean, variance, standard, gain, shift, standard * gain + shift)
