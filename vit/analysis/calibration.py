"""Does a probability of 90 % mean right nine times in ten? The error of it, and one number that mends it.

Guo et al. 2017, "On calibration of modern neural networks", arXiv 1706.04599.
"""

from __future__ import annotations

from math import log

import numpy as np
import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

LOWEST, HIGHEST = 0.2, 5.0  # temperatures looked at; where a model is always right, the lowest would ever be best
_STEPS = 40  # of golden-section search: the place is known to a 10⁻⁷


def temperature(logits: Tensor, labels: Tensor, lowest: float = LOWEST, highest: float = HIGHEST) -> float:
    """What to divide logits (n, classes) by so that the right classes (n,) get the likeliest probabilities; 1 where all
    temperatures are alike."""
    return float(temperatures(logits, F.one_hot(labels, logits.shape[-1]), lowest, highest))


def temperatures(logits: Tensor, shares: Tensor, lowest: float, highest: float) -> Tensor:
    """The same for many models at once: logits (…, n, classes) and the ``shares`` of the classes that are wanted,
    (n, classes) or one such for each → (…).

    The loss is convex in 1/T, so it has one valley over log T: searched by the golden section.
    """
    logits = logits.double()

    def loss(log_t: Tensor) -> Tensor:
        surely = F.log_softmax(logits / rearrange(log_t.exp(), "... -> ... 1 1"), dim=-1)
        return -(shares * surely).sum(dim=-1).mean(dim=-1)

    golden = (5**0.5 - 1) / 2
    low, high = (torch.full(logits.shape[:-2], log(end), dtype=torch.double) for end in (lowest, highest))
    flat = loss(low) == loss(high)  # all logits are equal
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = loss(left), loss(right)
    for _ in range(_STEPS):
        lower = at_left < at_right
        low, high = torch.where(lower, low, left), torch.where(lower, right, high)
        new = torch.where(lower, high - golden * (high - low), low + golden * (high - low))
        at_new = loss(new)
        left, right = torch.where(lower, new, right), torch.where(lower, left, new)
        at_left, at_right = torch.where(lower, at_new, at_right), torch.where(lower, at_left, at_new)
    return torch.where(flat, 1.0, ((low + high) / 2).exp())


def calibration_error(probability: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error: how far confidence and accuracy lie apart, on average over n answers (equation 3).

    ``probability`` (n,) that the model gave to its answer, ``right`` (n,) whether it was; in ``bins`` of equal width.
    """
    which = np.minimum((probability * bins).astype(int), bins - 1)
    sums = [np.bincount(which, weights=values, minlength=bins) for values in (probability, right)]
    return float(np.abs(sums[0] - sums[1]).sum() / len(probability))


def with_temperature(head: torch.nn.Linear, t: float) -> None:
    """Fold the temperature into a head, whose logits are from now on those divided by ``t``."""
    with torch.no_grad():
        head.weight.div_(t)
        if head.bias is not None:
            head.bias.div_(t)
