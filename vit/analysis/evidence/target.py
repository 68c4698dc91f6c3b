"""What is to be explained: one number that a model gives for a picture, read from its pooled output.

Every question of the page *Why* is such a number: a class's logit, the difference of two, how far the output goes in
its own direction, how well a text fits. It is linear in the pooled output; ``measure`` is what is watched while
patches are taken away, mostly a probability.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vit.analysis.answer import read

if TYPE_CHECKING:
    from vit.model.vit import ViT


@dataclass(frozen=True)
class Target:
    """``pooled · direction + bias`` is the number to explain.

    ``direction``: (d,), or (parts·d,) where the head reads several vectors side by side. ``measure``: pooled outputs
    (b, d) → (b,), what becomes of the answer in other passes; ``measured``: what that is, in words.
    """

    direction: Tensor
    bias: float
    measure: Callable[[Tensor], np.ndarray]
    measured: str

    def score(self, pooled: Tensor) -> Tensor:
        """Pooled outputs (b, d) → the number for each, (b,)."""
        return pooled @ self.direction + self.bias


def _row(model: ViT, number: int) -> tuple[Tensor, float]:
    if model.head is None:
        raise ValueError("this model has no classification head")
    return model.head.weight[number].detach(), 0.0 if model.head.bias is None else float(model.head.bias[number])


def of_class(model: ViT, number: int, name: str) -> Target:
    """The logit of one class; measured by its probability, of a regression by the number itself.

    ValueError for a model without a head.
    """
    direction, bias = _row(model, number)
    answer, head = model.config.answer, model.head
    assert head is not None

    def measure(pooled: Tensor) -> np.ndarray:
        values: np.ndarray = read(head(pooled).numpy(), answer)[..., number]
        return values

    return Target(direction, bias, measure, name if answer == "numbers" else f"probability of {name}")


def of_difference(model: ViT, one: int, other: int, names: tuple[str, str]) -> Target:
    """By how much one class's logit exceeds another's; measured by its probability if these two were all there are.

    ValueError for a model without a head.
    """
    (direction, bias), (against, less) = _row(model, one), _row(model, other)
    direction, bias, numbers = direction - against, bias - less, model.config.answer == "numbers"

    def measure(pooled: Tensor) -> np.ndarray:
        difference = pooled @ direction + bias
        return (difference if numbers else difference.sigmoid()).numpy()

    measured = f"{names[0]} rather than {names[1]}"
    return Target(direction, bias, measure, measured if numbers else f"probability of {measured}")


def of_output(pooled: Tensor) -> Target:
    """How far the output (1, d) goes in its own direction, for a model without classes; measured by the cosine of
    other passes' outputs with it."""
    direction = F.normalize(pooled[0].clone(), dim=-1)  # (d,)

    def measure(others: Tensor) -> np.ndarray:
        return (F.normalize(others, dim=-1) @ direction).numpy()

    return Target(direction, 0.0, measure, "cosine with the first output")


def of_text(pooled: Tensor, text: Tensor, projection: Tensor | None, name: str) -> Target:
    """How well a text fits the output (1, d), as a cosine, the output's own length held.

    ``text`` (e,): its vector, in the space both halves share; ``projection`` (e, d) leads the output there, None where
    it lies there already (Radford et al. 2021, arXiv 2103.00020, figure 3). Measured by the cosine.
    """
    projection = torch.eye(pooled.shape[-1]) if projection is None else projection
    text = F.normalize(text.clone(), dim=-1)  # (e,)
    length = (pooled[0].clone() @ projection.mT).norm()
    direction = text @ projection / length  # (d,)

    def measure(others: Tensor) -> np.ndarray:
        return (F.normalize(others @ projection.mT, dim=-1) @ text).numpy()

    return Target(direction, 0.0, measure, f"fit of “{name}” (cosine)")


def rather_than(one: Target, other: Target, measured: str) -> Target:
    """The difference of two numbers; measured by the difference of what is measured of each."""

    def measure(pooled: Tensor) -> np.ndarray:
        difference: np.ndarray = one.measure(pooled) - other.measure(pooled)
        return difference

    return Target(one.direction - other.direction, one.bias - other.bias, measure, measured)
