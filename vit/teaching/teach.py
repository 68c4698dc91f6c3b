"""The best head on a model's vectors: what it reads and after which block, by leave-one-out and by what is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt

import torch
from einops import reduce
from torch import Tensor
from torch.nn import functional as F

from vit.teaching.linear_head import LinearHead, nearest_mean, ridge, sharpening

RIDGE, NEAREST = "ridge regression", "nearest class mean"
KINDS = {RIDGE: ridge, NEAREST: nearest_mean}
ELSEWHERE = 50  # as so many pictures counts what is known of a model from other pictures


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to be used, None where the best is to be found: ``reading`` and ``blocks``; and the head's
    ``kind``, one of ``KINDS``."""

    reading: str | None = None
    blocks: int | None = None
    kind: str = RIDGE

    def allows(self, reading: str, blocks: int) -> bool:
        """Whether this may be read."""
        return self.reading in (None, reading) and self.blocks in (None, blocks)

    def possible(self, vectors: Mapping[str, Tensor]) -> bool:
        """Whether a model has such a reading and so many blocks; ``vectors``: reading → (depth, n, d)."""
        depth = len(next(iter(vectors.values())))
        return self.reading in (None, *vectors) and (self.blocks or 1) <= depth


AUTOMATIC = Wanted()


@dataclass(frozen=True)
class Lesson:
    """What was learned from n pictures.

    ``head``: the logits from a vector. ``reading``: what it reads; ``blocks``: after how many. ``kind``: how it was
    fitted. ``left_out`` (n, classes): its logits of each picture, fitted without that one. ``gained``: reading → how
    far heads after each block get from guessing (0) to certainty (1) with pictures they have not seen, (depth,);
    ``chosen_by``: the same with what is known from other pictures.
    """

    head: LinearHead
    reading: str
    blocks: int
    kind: str
    left_out: Tensor
    gained: Mapping[str, Tensor]
    chosen_by: Mapping[str, Tensor]

    def right(self, classes: Tensor) -> int:
        """How many pictures of the classes (n,) are named right without having been learned from."""
        return int((self.left_out.argmax(dim=-1) == classes).sum())


def teach(
    vectors: Mapping[str, Tensor],
    classes: Tensor,
    wanted: Wanted = AUTOMATIC,
    known: Mapping[str, Tensor] | None = None,
) -> Lesson:
    """Choose and fit a head. ``vectors``: reading → (depth, n·copies, d), as
    :func:`vit.teaching.vectors.vectors_after_blocks` has them, of n pictures and the copies behind each; ``classes``
    (n,): each one's class from 0; ``wanted`` narrows the choice. ``known``: what other pictures gained of this model,
    reading → (depth,). ValueError for fewer than two classes or two pictures of one, and where nothing is as wanted.

    Reading and block are those that gain most (:func:`gain`), each picture asked of a head fitted without it. A few
    pictures tell that badly: among 36 places the best of a dozen pictures is best by luck. So what is known counts too,
    as if ``ELSEWHERE`` pictures more had been asked.
    """
    if not len(classes) or int(classes.max()) == 0 or int(torch.bincount(classes).min()) < 2:
        raise ValueError("A head is fitted to two classes or more, with two pictures or more of each.")
    places = [(reading, blocks + 1) for reading, levels in vectors.items() for blocks in range(len(levels))]
    allowed = torch.tensor([wanted.allows(*place) for place in places])
    if wanted.kind not in KINDS or not allowed.any():
        raise ValueError("There is no such head: choose again what it reads.")
    fits = [KINDS[wanted.kind](vectors[reading][blocks - 1].double(), classes) for reading, blocks in places]
    gained = gain(torch.stack([fit.left_out for fit in fits]), classes)  # (places,)
    score = gained
    if known is not None:
        n, other = len(classes), torch.cat([known[reading].double() for reading in vectors])  # (places,)
        score = (n * gained + ELSEWHERE * other) / (n + ELSEWHERE)
    best = int(score.masked_fill(~allowed, -torch.inf).argmax())
    fit, (reading, blocks) = fits[best].sharpened(classes), places[best]
    sizes = [len(levels) for levels in vectors.values()]
    of_readings = [dict(zip(vectors, curve.split(sizes), strict=True)) for curve in (gained, score)]
    return Lesson(fit.head, reading, blocks, wanted.kind, fit.left_out, *of_readings)


def gain(left_out: Tensor, classes: Tensor) -> Tensor:
    """How far heads get from guessing (0) to certainty (1), by their logits (heads, n, classes) of pictures that they
    have not seen: (heads,).

    It is 1 − the mean of −log p of the right classes (n,), each class counting the same, by −log p of guessing. Unlike
    a count of right answers it tells two heads apart that name equally many.
    """
    surely = F.log_softmax(left_out * sharpening(left_out, classes)[:, None, None], dim=-1)
    own = surely[:, torch.arange(len(classes)), classes]  # (heads, n)
    count = int(classes.max()) + 1
    share = 1 / (torch.bincount(classes) * count)[classes].double()  # of each picture in the mean: (n,)
    return 1 + own @ share / log(count)


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
