"""Two heads that are fitted at once, without steps: ridge regression, and the nearest class mean.

Both give every class a number that is linear in the vector, and both know in closed form what they would have said of
each picture had it not been among those they learned from (leave-one-out).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import rearrange, reduce
from torch import Tensor
from torch.nn import functional as F

from vit.analysis.calibration import temperature

TEMPERATURES = 1e-3, 1e6  # what logits are divided by: ridge's lie between 0 and 1, half squared distances far apart


@dataclass(frozen=True)
class LinearHead:
    """``vectors · weightᵀ + bias`` are the logits: ``weight`` (classes, d), ``bias`` (classes,)."""

    weight: Tensor
    bias: Tensor

    def __call__(self, vectors: Tensor) -> Tensor:
        return vectors @ self.weight.mT + self.bias


@dataclass(frozen=True)
class Fit:
    """A head, and what heads fitted without each picture in turn say of that one: ``left_out`` (n, classes)."""

    head: LinearHead
    left_out: Tensor

    def sharpened(self, classes: Tensor) -> Fit:
        """The same head with its logits as far apart as makes softmax of ``left_out`` most probable (Guo et al. 2017,
        arXiv 1706.04599, section 4.2).

        Few pictures that are all named rightly would make it sure without end. So each counts as its own class with
        (n + 1) / (n + classes) and as each other with 1 / (n + classes), as one picture more of every class would have
        it (Platt 1999, "Probabilistic outputs for support vector machines", section 2.2).
        """
        n, count = self.left_out.shape
        counted = (1 + n * F.one_hot(classes, count).to(self.left_out.dtype)) / (n + count)  # (n, classes)
        factor = 1 / temperature(self.left_out, counted, *TEMPERATURES)
        return Fit(LinearHead(self.head.weight * factor, self.head.bias * factor), self.left_out * factor)


def ridge(vectors: Tensor, classes: Tensor, strengths: tuple[float, ...]) -> list[Fit]:
    """Ridge regression on 1 for the own class and 0 for others, one fit for each of ``strengths``.

    ``vectors`` (n, d), ``classes`` (n,). Minimises |x w + b − y|² + λ |w|² with λ = strength · the mean squared length
    of the centred vectors; b is free. With x = U S Vᵀ, w = xᵀ U (S² + λ)⁻¹ Uᵀ y (Hastie et al., *Elements of
    Statistical Learning*, eq. 3.47 and section 18.3.5). Left out, a picture's error is its error divided by 1 − H_ii
    (ibid., eq. 7.64).
    """
    n = len(vectors)
    y = F.one_hot(classes).to(vectors.dtype)  # (n, classes)
    centre, share = vectors.mean(dim=0), y.mean(dim=0)
    x, target = vectors - centre, y - share
    directions, powers = _left_directions(x)  # (n, r), (r,)
    along = directions.mT @ target  # (r, classes)
    fits = []
    for strength in strengths:
        penalised = powers + strength * powers.sum() / n  # S² + λ: (r,)
        weight = (x.mT @ (directions / penalised) @ along).mT  # (classes, d)
        head = LinearHead(weight, share - weight @ centre)
        own = directions**2 @ (powers / penalised) + 1 / n  # H_ii: (n,)
        left_out = y - (y - head(vectors)) / rearrange(1 - own, "n -> n 1")
        fits.append(Fit(head, left_out))
    return fits


def _left_directions(x: Tensor) -> tuple[Tensor, Tensor]:
    """U (n, r) and S² (r,) of the rows of ``x`` (n, d), r being the smaller of n and d or fewer: of the products of
    either rows or columns, whichever are fewer."""
    n, d = x.shape
    powers, directions = torch.linalg.eigh(x @ x.mT if n <= d else x.mT @ x)
    real = powers > 1e-12 * powers[-1]
    powers, directions = powers[real], directions[:, real]
    return (directions if n <= d else x @ directions / powers.sqrt()), powers


def nearest_mean(vectors: Tensor, classes: Tensor) -> Fit:
    """The class whose mean is nearest: −|x − m|² / 2, less |x|² / 2, which is the same for all (Snell et al. 2017,
    "Prototypical Networks", arXiv 1703.05175, eq. 8). A picture left out is taken out of its own class's mean."""
    y = F.one_hot(classes).to(vectors.dtype)  # (n, classes)
    counts = reduce(y, "n classes -> classes 1", "sum")
    means = y.mT @ vectors / counts  # (classes, d)
    head = LinearHead(means, -(means**2).sum(dim=-1) / 2)
    left_out = head(vectors)
    size = counts[classes]  # (n, 1)
    own = (means[classes] * size - vectors) / (size - 1).clamp(min=1)  # (n, d), zero for a picture that was alone
    left_out[torch.arange(len(classes)), classes] = (own * vectors).sum(dim=-1) - (own**2).sum(dim=-1) / 2
    return Fit(head, left_out)
