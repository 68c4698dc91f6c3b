"""The best head on a model's vectors: what it reads, after which block, how strongly it is held, by leave-one-out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import torch
from einops import rearrange, reduce
from torch import Tensor
from torch.nn import functional as F

from vit.teaching.linear_head import Fit, LinearHead, nearest_mean, ridge, sharpening

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

    def allows(self, reading: str, blocks: int) -> bool:
        """Whether this may be read."""
        return self.reading in (None, reading) and self.blocks in (None, blocks)

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
    probability that heads after each block give to the right classes of pictures they have not seen, (depth,).
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


def teach(vectors: Mapping[str, Tensor], classes: Tensor, wanted: Wanted = AUTOMATIC) -> Lesson:
    """Choose and fit a head. ``vectors``: reading → (depth, n·copies, d), as
    :func:`vit.teaching.vectors.vectors_after_blocks` has them, of n pictures and the copies behind each; ``classes``
    (n,): each one's class from 0; ``wanted`` narrows the choice. ValueError for fewer than two classes or two pictures
    of one, and where nothing is as wanted.

    Reading and block are those after which the heads of all kinds, each fitted without the picture it is asked about,
    give the right classes the highest probability (geometric mean over pictures and kinds, each class counting the
    same). Then the kind is chosen that gives them the highest there. A count of right answers would be a poor guide:
    of a dozen pictures many places name equally many rightly, and the best of many counts is best by luck.
    """
    if not len(classes) or int(classes.max()) == 0 or int(torch.bincount(classes).min()) < 2:
        raise ValueError("A head is fitted to two classes or more, with two pictures or more of each.")
    kinds = [number for number, kind in enumerate(CANDIDATES) if wanted.kind in (None, kind.name)]
    places = [(reading, blocks + 1) for reading, levels in vectors.items() for blocks in range(len(levels))]
    allowed = torch.tensor([wanted.allows(*place) for place in places])
    if not kinds or not allowed.any():
        raise ValueError("There is no such head: choose again what it reads.")
    fits = [_all_kinds(vectors[reading][blocks - 1].double(), classes) for reading, blocks in places]
    left_out = torch.stack([fit.left_out for row in fits for fit in row])  # (places·kinds, n, classes)
    surely = F.log_softmax(left_out * rearrange(sharpening(left_out, classes), "head -> head 1 1"), dim=-1)
    own = surely[:, torch.arange(len(classes)), classes]  # (places·kinds, n)
    share = 1 / (torch.bincount(classes) * (classes.max() + 1))[classes].double()  # of each picture in the mean: (n,)
    sure = rearrange(own @ share, "(places kinds) -> places kinds", places=len(places))[:, kinds]
    of_places = sure.mean(dim=-1)  # (places,)
    best = int(of_places.masked_fill(~allowed, -torch.inf).argmax())
    kind = kinds[int(sure[best].argmax())]
    fit, (reading, blocks) = fits[best][kind].sharpened(classes), places[best]
    curves = zip(vectors, of_places.exp().split([len(levels) for levels in vectors.values()]), strict=True)
    return Lesson(fit.head, reading, blocks, CANDIDATES[kind], fit.left_out, dict(curves))


def _all_kinds(vectors: Tensor, classes: Tensor) -> list[Fit]:
    """A fit of each of ``CANDIDATES``, in their order."""
    return [*ridge(vectors, classes, STRENGTHS), nearest_mean(vectors, classes)]


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
