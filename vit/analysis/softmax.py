"""Softmax step by step: how logits become shares that sum to 1.

Bridle 1990, "Probabilistic interpretation of feedforward classification network outputs"; the temperature is that of
Hinton et al. 2015, "Distilling the knowledge in a neural network", arXiv 1503.02531, equation 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Softmax:
    """The steps from logits z (classes,) to shares at a temperature T, each (classes,).

    ``below``: (z − max z) / T, how far each lies below the largest. Taking the largest away changes no share, since
    e^(z − c) = e^z / e^c has the same factor everywhere; without it e^z is too large for a computer from z = 710 on.
    ``powers``: e to each. ``total``: their sum.
    """

    logits: np.ndarray
    below: np.ndarray
    powers: np.ndarray
    total: float

    @property
    def shares(self) -> np.ndarray:
        """The probabilities: each power's part of the total."""
        shares: np.ndarray = self.powers / self.total
        return shares


def softmax(logits: np.ndarray, temperature: float = 1.0) -> Softmax:
    """The steps of softmax(logits / temperature) for one picture's logits (classes,)."""
    below = (logits - logits.max()).astype(np.float64) / temperature
    powers = np.exp(below)
    return Softmax(logits, below, powers, float(powers.sum()))
