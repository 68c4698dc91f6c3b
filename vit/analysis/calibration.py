"""Does a probability of 90 % mean right nine times in ten? The error of it, and one number that mends it.

Guo et al. 2017, "On calibration of modern neural networks", arXiv 1706.04599.
"""

from __future__ import annotations

from math import exp, log

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

LOWEST, HIGHEST = 0.2, 5.0  # temperatures looked at; where a model is always right, the lowest would ever be best
_STEPS = 40  # of golden-section search: the place is known to a 10⁻⁷


def temperature(logits: Tensor, labels: Tensor, lowest: float = LOWEST, highest: float = HIGHEST) -> float:
    """What to divide logits (n, classes) by so that the right classes (n,) get the likeliest probabilities; instead of
    numbers of classes, ``labels`` may hold the share of each that is wanted (n, classes).

    The loss is convex in 1/T, so it has one valley over log T: searched by the golden section. 1 where it is flat.
    """

    def loss(log_t: float) -> float:
        return float(F.cross_entropy(logits.double() / exp(log_t), labels))

    low, high, golden = log(lowest), log(highest), (5**0.5 - 1) / 2
    if loss(low) == loss(high):  # all logits are equal
        return 1.0
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = loss(left), loss(right)
    for _ in range(_STEPS):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = loss(right)
    return exp((low + high) / 2)


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
