"""Of the pictures that a head learned from: which of them help to name the others, and what is unlike them all."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from vit.teaching.teach import Lesson

USUAL = 0.9  # of the pictures, the share whose nearest other one is no further than what counts as usual


def helpfulness(lesson: Lesson, vectors: Tensor, classes: Tensor) -> Tensor:
    """How much surer each of n pictures makes the head of the others' classes: (n,), in nats a picture.

    ``vectors`` (n·copies, d) are those the head reads, of the classes (n,). Fitted without picture i, each other one
    left out in turn, and compared with the same of all: the mean of the others' log-probabilities with it less that
    without it. Below 0, the others are named better without. NaN for a picture whose class has no third: without it
    there is nothing to compare.
    """
    n = len(classes)
    sure = F.log_softmax(lesson.left_out, dim=-1)[torch.arange(n), classes]  # (n,)
    counts = torch.bincount(classes)
    rows = rearrange(vectors.double(), "(n copies) d -> n copies d", n=n)
    found = torch.full((n,), torch.nan, dtype=torch.double)
    for i in range(n):
        if counts[classes[i]] < 3:
            continue
        others = torch.arange(n) != i
        fit = lesson.kind.fit(rows[others].flatten(0, 1), classes[others]).sharpened(classes[others])
        without = -F.cross_entropy(fit.left_out, classes[others])
        found[i] = sure[others].mean() - without
    return found


@dataclass(frozen=True)
class Nearness:
    """How far a new vector is from the nearest of those learned from (number ``nearest``), and up to how far is usual
    among those themselves."""

    distance: float
    usual: float
    nearest: int

    @property
    def unlike_all(self) -> bool:
        return self.distance > self.usual


def nearness(vectors: Tensor, new: Tensor) -> Nearness:
    """Of a new vector (d,) to the vectors learned from (n, d), n ≥ 2, as straight distances."""
    between = torch.cdist(vectors.double(), vectors.double())  # (n, n)
    between.fill_diagonal_(torch.inf)
    usual = float(between.amin(dim=-1).quantile(USUAL))
    away = (vectors.double() - new.double()).norm(dim=-1)  # (n,)
    return Nearness(float(away.min()), usual, int(away.argmin()))
