"""What the answer rests on: the same picture through the same model, patches out of sight or heads switched off.

A pattern says where a model looks; only an experiment says whether it needs what is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from vit.analysis.output import reading_pattern
from vit.analysis.similarity import cosine
from vit.experiments.last_block import last_block_recorded
from vit.model.layout import TokenLayout
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.edits import Edit
    from vit.model.vit import ViT

ORDERS = ("most looked at first", "by chance", "least looked at first")


@dataclass(frozen=True)
class Answer:
    """What came out of a pass, beside the first pass over the same picture.

    ``likeness``: cosine of its pooled output with the first pass's. ``logits``: (classes,), None
    without a head. ``looks``: how much the output takes from each patch in the last attention
    before it (:func:`vit.analysis.output.reading_pattern`), (gh·gw,); NaN for a patch out of sight.
    """

    likeness: float
    logits: np.ndarray | None
    looks: np.ndarray


def _answer(model: ViT, first: Trace, other: Trace, seen: np.ndarray) -> Answer:
    looks = np.full(first.layout.n_patches, np.nan)
    looks[seen] = reading_pattern(other, model.config.pooling)
    likeness = float(cosine(first.pooled[0].numpy(), other.pooled[0].numpy()))
    return Answer(likeness, None if other.logits is None else other.logits[0].numpy(), looks)


def untouched(model: ViT, first: Trace) -> Answer:
    """The first pass as its own answer."""
    return _answer(model, first, first, np.arange(first.layout.n_patches))


@torch.inference_mode()
def without_patches(model: ViT, first: Trace, hidden: Collection[int]) -> Answer:
    """The pass of ``first`` again, some patches (numbered from 0, row by row) taken out after their position was added.

    A transformer takes any number of tokens, so they need not be painted over, they are simply not
    there; all others keep their places (PatchDrop, Naseer et al. 2021, arXiv 2105.10497, section 3.1).
    ValueError if no patch would be left.
    """
    layout = first.layout
    seen = np.setdiff1d(np.arange(layout.n_patches), np.asarray(list(hidden), dtype=int))
    if not len(seen):
        raise ValueError("one patch at least must stay in sight")
    tokens = [*range(layout.n_prefix), *(layout.n_prefix + seen)]
    places = model.places(layout)
    places = None if places is None else places[seen]
    row = TokenLayout(layout.prefix, (1, len(seen)))  # what is left, side by side
    return _answer(model, first, last_block_recorded(model, first, first.tokens[:, tokens], places, row), seen)


def order(looks: np.ndarray, which: str, seed: int = 0) -> np.ndarray:
    """The patches (gh·gw,) in one of the ``ORDERS``; ``looks`` is how much the output takes from each."""
    if which == "by chance":
        return np.random.default_rng(seed).permutation(len(looks))
    return np.argsort(-looks if which == "most looked at first" else looks, kind="stable")


def how_many(share: float, patches: int) -> int:
    """How many patches a share of them is; one stays in sight."""
    return min(round(share * patches), patches - 1)


@dataclass(frozen=True)
class HidingCurve:
    """What becomes of the answer as more and more is hidden: a row a share of the patches.

    ``likeness``: cosine of the pooled output with the first pass's, (shares,). ``logits``: (shares, classes), None
    without a head.
    """

    likeness: np.ndarray
    logits: np.ndarray | None


def hiding_curve(model: ViT, first: Trace, ranked: np.ndarray, shares: Sequence[float]) -> HidingCurve:
    """Hide the first of the ``ranked`` patches (gh·gw,), for each of these shares of them; a pass each."""
    answers = [without_patches(model, first, ranked[: how_many(share, len(ranked))]) for share in shares]
    logits = [answer.logits for answer in answers if answer.logits is not None]
    return HidingCurve(np.array([answer.likeness for answer in answers]), np.stack(logits) if logits else None)


def switched_off(heads: Iterable[int]) -> Edit:
    """An edit of values (b, h, n, k): these heads have nothing to give, whatever their pattern (Michel et al. 2019,
    arXiv 1905.10650, section 2.2: a head's mask at 0)."""
    off = torch.tensor(sorted(heads))
    return lambda v: v.index_fill(1, off, 0.0)


def without_heads(model: ViT, first: Trace, off: Collection[tuple[int, int]]) -> Answer:
    """The pass of ``first`` again, the heads ``off`` (layer, head) switched off."""
    layers = {layer for layer, _ in off}
    edits = {f"blocks.{layer}.v": switched_off(h for at, h in off if at == layer) for layer in layers}
    other = model.trace(first.pixels, edits)
    return _answer(model, first, other, np.arange(first.layout.n_patches))


@torch.inference_mode()
def each_head(model: ViT, first: Trace, layer: int) -> np.ndarray:
    """The output's likeness to its first self when one head of ``layer`` is off, for each of them in turn: (h,).

    What comes before the layer is the first pass's; what comes after is not recorded.
    """
    places, resid_pre = model.places(first.layout), first.residual(layer)  # (b, n, d)

    def output(head: int) -> Tensor:
        resid = model.blocks[layer](resid_pre, places, {"v": switched_off([head])}).resid_post  # (b, n, d)
        resid = model.run_blocks_unrecorded(resid, places, first=layer + 1)
        return model.pool_and_classify(resid)[1][0]

    outputs = torch.stack([output(head) for head in range(first.n_heads)])  # (h, d)
    return cosine(outputs.numpy(), first.pooled[0].numpy())
