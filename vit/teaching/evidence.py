"""Of the pictures that a head learned from: which of them help to name the others, and what is unlike them all."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from vit.teaching.linear_head import sharpening
from vit.teaching.teach import KINDS, Lesson

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
    spared = torch.arange(n)[counts[classes] >= 3]  # (m,)
    if not len(spared):
        return found
    others = torch.stack([torch.arange(n)[torch.arange(n) != i] for i in spared])  # (m, n - 1)
    fits = [KINDS[lesson.kind](rows[those].flatten(0, 1), classes[those]) for those in others]
    left_out = torch.stack([fit.left_out for fit in fits])  # (m, n - 1, classes)
    logits = left_out * rearrange(sharpening(left_out, classes[others]), "m -> m 1 1")
    own = F.log_softmax(logits, dim=-1).gather(-1, classes[others][..., None])  # (m, n - 1, 1)
    found[spared] = (sure[others] - own[..., 0]).mean(dim=-1)
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
