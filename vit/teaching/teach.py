"""The best head on a model's vectors: what it reads, after which block, how strongly it is held, by leave-one-out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import torch
from einops import reduce
from torch import Tensor
from torch.nn import functional as F

from vit.teaching.linear_head import Fit, LinearHead, nearest_mean, ridge

STRENGTHS = (0.01, 0.1, 1.0, 10.0)
RIDGE, NEAREST = "ridge regression", "nearest class mean"


@dataclass(frozen=True)
class HeadKind:
    """A way to fit a head: its ``name``, and how strongly a ridge is held."""

    name: str
    strength: float = 0.0

    def fit(self, vectors: Tensor, classes: Tensor) -> Fit:
        """The head for vectors (n, d) of the classes (n,)."""
        if self.name == NEAREST:
            return nearest_mean(vectors, classes)
        return ridge(vectors, classes, (self.strength,))[0]


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to be used, None where the best is to be found: ``reading``, ``blocks`` and the head's
    ``kind``."""

    reading: str | None = None
    blocks: int | None = None
    kind: str | None = None

    def allows(self, reading: str, blocks: int, kind: str) -> bool:
        """Whether a candidate is one of those."""
        pairs = ((self.reading, reading), (self.blocks, blocks), (self.kind, kind))
        return all(wanted in (None, one) for wanted, one in pairs)

    def possible(self, vectors: Mapping[str, Tensor]) -> bool:
        """Whether a model has such a reading and so many blocks; ``vectors``: reading → (depth, n, d)."""
        depth = len(next(iter(vectors.values())))
        return self.reading in (None, *vectors) and (self.blocks or 1) <= depth


AUTOMATIC = Wanted()
CANDIDATES = (*(HeadKind(RIDGE, strength) for strength in STRENGTHS), HeadKind(NEAREST))


@dataclass(frozen=True)
class Lesson:
    """What was learned from n pictures.

    ``head``: the logits from a vector. ``reading``: what it reads; ``blocks``: after how many. ``kind``: how it was
    fitted. ``left_out`` (n, classes): its logits of each picture, fitted without that one. ``curve``: reading → the
    share right of the best head after each block, (depth,), each picture judged by a head that did not see it.
    """

    head: LinearHead
    reading: str
    blocks: int
    kind: HeadKind
    left_out: Tensor
    curve: Mapping[str, Tensor]

    def right(self, classes: Tensor) -> int:
        """How many pictures of the classes (n,) are named right without having been learned from."""
        return int((self.left_out.argmax(dim=-1) == classes).sum())


class _Candidate(NamedTuple):
    """A head that may be taken, and the balanced share of pictures it names right, each left out in turn."""

    share: float
    reading: str
    blocks: int
    kind: HeadKind
    fit: Fit


def teach(vectors: Mapping[str, Tensor], classes: Tensor, wanted: Wanted = AUTOMATIC) -> Lesson:
    """Choose and fit a head. ``vectors``: as :func:`vit.teaching.vectors.vectors_after_blocks` has them, of n pictures;
    ``classes`` (n,): each one's class from 0; ``wanted`` narrows the choice. ValueError for fewer than two classes or
    two pictures of one, and where nothing is as wanted.

    Of several choices that name equally many classes right, each class counting the same, the most probable is taken.
    """
    if not len(classes) or int(classes.max()) == 0 or int(torch.bincount(classes).min()) < 2:
        raise ValueError("A head is fitted to two classes or more, with two pictures or more of each.")
    candidates: list[_Candidate] = []
    curve: dict[str, Tensor] = {}
    for reading, levels in vectors.items():
        curve[reading] = torch.zeros(len(levels))
        for layer, read in enumerate(levels.double()):
            fits = [*ridge(read, classes, STRENGTHS), nearest_mean(read, classes)]
            shares = [balanced(fit.left_out, classes) for fit in fits]
            curve[reading][layer] = max(shares)
            rows = zip(shares, CANDIDATES, fits, strict=True)
            candidates += [_Candidate(share, reading, layer + 1, kind, fit) for share, kind, fit in rows]
    candidates = [one for one in candidates if wanted.allows(one.reading, one.blocks, one.kind.name)]
    if not candidates:
        raise ValueError("There is no such head: choose again what it reads.")
    most = max(one.share for one in candidates)
    equals = [one._replace(fit=one.fit.sharpened(classes)) for one in candidates if one.share == most]
    best = min(equals, key=lambda one: float(F.cross_entropy(one.fit.left_out, classes)))
    return Lesson(best.fit.head, best.reading, best.blocks, best.kind, best.fit.left_out, curve)


def balanced(left_out: Tensor, classes: Tensor) -> float:
    """The share of pictures that logits (n, classes) name right, each class counting the same."""
    right = (left_out.argmax(dim=-1) == classes).double()  # (n,)
    own = F.one_hot(classes).double()  # (n, classes)
    return round(float(((own.mT @ right) / reduce(own, "n classes -> classes", "sum")).mean()), 9)


def between(right: int, of: int) -> tuple[int, int]:
    """From how many to how many of ``of`` pictures ``right`` may stand for, with 95 % (Wilson 1927)."""
    z = 1.96
    centre, spread = right + z**2 / 2, z * sqrt(right * (of - right) / of + z**2 / 4)
    return round((centre - spread) * of / (of + z**2)), round((centre + spread) * of / (of + z**2))
