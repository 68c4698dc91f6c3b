"""Two heads that are fitted at once, without steps: ridge regression, and the nearest class mean.

Both give every class a number that is linear in the vector, and both know in closed form what they would have said of
each picture had it not been among those they learned from (leave-one-out). Of a picture there may be several copies,
such as one mirrored: they are left out together, since a copy would give the answer away.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import rearrange, reduce, repeat
from torch import Tensor
from torch.nn import functional as F

from vit.analysis.calibration import temperatures

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
    """A head, and what heads fitted without each of n pictures in turn say of that one: ``left_out`` (n, classes)."""

    head: LinearHead
    left_out: Tensor

    def sharpened(self, classes: Tensor) -> Fit:
        """The same head with its logits as far apart as :func:`sharpening` says."""
        factor = sharpening(self.left_out, classes)
        return Fit(LinearHead(self.head.weight * factor, self.head.bias * factor), self.left_out * factor)


def sharpening(left_out: Tensor, classes: Tensor) -> Tensor:
    """By what to multiply heads' logits so that softmax of their ``left_out`` (…, n, classes) is most probable: (…).
    ``classes`` (…, n) or (n,). Guo et al. 2017, arXiv 1706.04599, section 4.2.

    Few pictures that are all named rightly would make a head sure without end. So each counts as its own class with
    (n + 1) / (n + classes) and as each other with 1 / (n + classes), as one picture more of every class would have it
    (Platt 1999, "Probabilistic outputs for support vector machines", section 2.2).
    """
    n, count = left_out.shape[-2:]
    counted = (1 + n * F.one_hot(classes, count).to(left_out.dtype)) / (n + count)  # (…, n, classes)
    return 1 / temperatures(left_out, counted, *TEMPERATURES)


def ridge(vectors: Tensor, classes: Tensor, strength: float = 1.0) -> Fit:
    """Ridge regression on 1 for the own class and 0 for others.

    ``classes`` (n,) of the pictures, ``vectors`` (n·copies, d) with the copies of each behind it. Minimises
    |x w + b − y|² + λ |w|² with λ = strength · the mean squared length of the centred vectors; b is free. With
    x = U S Vᵀ, w = xᵀ U (S² + λ)⁻¹ Uᵀ y (Hastie et al., *Elements of Statistical Learning*, eq. 3.47 and section
    18.3.5). The errors of rows that are left out together are (1 − H)⁻¹ times their errors, H being those rows and
    columns of the matrix that makes the answers ŷ = H y; of one row, error / (1 − H_ii) (ibid., eq. 7.64).
    """
    copies = len(vectors) // len(classes)
    y = F.one_hot(repeat(classes, "n -> (n copies)", copies=copies)).to(vectors.dtype)  # (n·copies, classes)
    centre, share = vectors.mean(dim=0), y.mean(dim=0)
    x, target = vectors - centre, y - share
    directions, powers = _left_directions(x)  # (n·copies, r), (r,)
    own = rearrange(directions, "(n copies) r -> n copies r", copies=copies)
    penalised = powers + strength * powers.sum() / len(x)  # S² + λ: (r,)
    weight = (x.mT @ (directions / penalised) @ (directions.mT @ target)).mT  # (classes, d)
    head = LinearHead(weight, share - weight @ centre)
    hat = own * (powers / penalised) @ own.mT + 1 / len(x)  # H, of each picture's copies: (n, copies, copies)
    errors = rearrange(y - head(vectors), "(n copies) classes -> n copies classes", copies=copies)
    errors = torch.linalg.solve(torch.eye(copies, dtype=x.dtype) - hat, errors)
    return Fit(head, y[::copies] - errors[:, 0])


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
    "Prototypical Networks", arXiv 1703.05175, eq. 8). A picture left out is taken out of its own class's mean, with its
    copies; ``vectors`` and ``classes`` as for :func:`ridge`."""
    copies = rearrange(vectors, "(n copies) d -> n copies d", n=len(classes))
    y = F.one_hot(classes).to(vectors.dtype)  # (n, classes)
    sums = reduce(copies, "n copies d -> n d", "sum")
    counts = reduce(y, "n classes -> classes 1", "sum") * copies.shape[1]
    means = y.mT @ sums / counts  # (classes, d)
    head = LinearHead(means, -(means**2).sum(dim=-1) / 2)
    left_out = head(copies[:, 0])
    size = counts[classes]  # (n, 1)
    own = (means[classes] * size - sums) / (size - copies.shape[1]).clamp(min=1)  # (n, d), zero for a lone picture
    left_out[torch.arange(len(classes)), classes] = (own * copies[:, 0]).sum(dim=-1) - (own**2).sum(dim=-1) / 2
    return Fit(head, left_out)
