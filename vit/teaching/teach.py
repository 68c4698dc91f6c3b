"""The best head on a model's vectors: what it reads, after which block, how strongly it is held, by leave-one-out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import torch
from einops import reduce
from torch import Tensor
from torch.nn import functional as F

from vit.teaching.linear_head import Fit, LinearHead, nearest_mean, ridge

STRENGTHS = (0.01, 0.1, 1.0, 10.0)
RIDGE, NEAREST = "ridge regression", "nearest class mean"


@dataclass(frozen=True)
class Lesson:
    """What was learned from n pictures.

    ``head``: the logits from a vector. ``reading``: what it reads; ``blocks``: after how many. ``kind``: which head.
    ``left_out`` (n, classes): its logits of each picture, fitted without that one. ``curve``: reading → the share
    right of the best head after each block, (depth,), each picture judged by a head that did not see it.
    """

    head: LinearHead
    reading: str
    blocks: int
    kind: str
    left_out: Tensor
    curve: Mapping[str, Tensor]

    def right(self, classes: Tensor) -> int:
        """How many pictures of the classes (n,) are named right without having been learned from."""
        return int((self.left_out.argmax(dim=-1) == classes).sum())


def teach(vectors: Mapping[str, Tensor], classes: Tensor) -> Lesson:
    """Choose and fit a head. ``vectors``: as :func:`vit.teaching.vectors.vectors_after_blocks` has them, of n pictures;
    ``classes`` (n,): each one's class from 0. ValueError for fewer than two classes or two pictures of one.

    Of several choices that name equally many classes right, each class counting the same, the most probable is taken.
    """
    if not len(classes) or int(classes.max()) == 0 or int(torch.bincount(classes).min()) < 2:
        raise ValueError("A head is fitted to two classes or more, with two pictures or more of each.")
    best: tuple[tuple[float, float], Lesson] | None = None
    curve: dict[str, Tensor] = {}
    for reading, levels in vectors.items():
        curve[reading] = torch.zeros(len(levels))
        for layer, read in enumerate(levels.double()):
            fits = [(RIDGE, fit) for fit in ridge(read, classes, STRENGTHS)] + [(NEAREST, nearest_mean(read, classes))]
            for kind, fit in [(kind, fit.sharpened(classes)) for kind, fit in fits]:
                worth = _worth(fit, classes)
                curve[reading][layer] = max(float(curve[reading][layer]), worth[0])
                if best is None or worth > best[0]:
                    best = worth, Lesson(fit.head, reading, layer + 1, kind, fit.left_out, curve)
    assert best is not None
    return best[1]


def _worth(fit: Fit, classes: Tensor) -> tuple[float, float]:
    """The balanced share that is right and the log-likelihood, of pictures left out; the larger, the better."""
    right = (fit.left_out.argmax(dim=-1) == classes).double()  # (n,)
    own = F.one_hot(classes).double()  # (n, classes)
    balanced = float(((own.mT @ right) / reduce(own, "n classes -> classes", "sum")).mean())
    return round(balanced, 9), -float(F.cross_entropy(fit.left_out, classes))


def between(right: int, of: int) -> tuple[int, int]:
    """From how many to how many of ``of`` pictures ``right`` may stand for, with 95 % (Wilson 1927)."""
    z = 1.96
    centre, spread = right + z**2 / 2, z * sqrt(right * (of - right) / of + z**2 / 4)
    return round((centre - spread) * of / (of + z**2)), round((centre + spread) * of / (of + z**2))
