"""How good a map is: patches truly taken away in its order, and what the model makes of the rest.

*Deletion*: the most important patches go first; a good map makes the answer fall early. *Insertion*: only the most
important are shown; a good map brings the answer back early (Petsiuk et al. 2018, "RISE", arXiv 1806.07421, section
4.3, who paint over; a transformer can do without: the tokens are simply not there, as in
:func:`vit.experiments.what_if.without_patches`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT

POINTS = 11
SHARES = tuple(float(share) for share in np.linspace(0, 1, POINTS))
Measure = Callable[[Tensor], np.ndarray]  # pooled outputs (b, d) → (b,)


@torch.inference_mode()
def with_only(model: ViT, first: Trace, kept: np.ndarray) -> Tensor:
    """The pooled outputs, (sets, d), of the picture of ``first`` with only some of its patches in sight.

    ``kept`` (sets, m): which patches, numbered from 0, equally many in each set, so that they go through the model
    side by side. All keep their places.
    """
    layout, places = first.layout, model.places(first.layout)
    kept = np.sort(kept, axis=-1)
    prefix = np.broadcast_to(np.arange(layout.n_prefix), (len(kept), layout.n_prefix))
    resid = first.tokens[0][np.concatenate([prefix, layout.n_prefix + kept], axis=-1)]  # (sets, prefix + m, d)
    if places is None:
        return model.pool_and_classify(model.run_blocks_unrecorded(resid, None))[1]
    rows = []  # each set has places of its own
    for one, patches in zip(resid, kept, strict=True):
        rows.append(model.pool_and_classify(model.run_blocks_unrecorded(one[None], places[patches]))[1])
    return torch.cat(rows)


@dataclass(frozen=True)
class RemovalCurves:
    """What is measured over ``SHARES`` of the patches: with the first ones ``removed`` (the last always stays, for a
    model cannot look at nothing), and with the first ones alone ``shown`` (the first always is), (11,) each."""

    removed: np.ndarray
    shown: np.ndarray

    @property
    def deletion(self) -> float:
        """The mean height of the first curve: the lower, the better the order."""
        return _area(self.removed)

    @property
    def insertion(self) -> float:
        """The mean height of the second: the higher, the better the order."""
        return _area(self.shown)

    @property
    def lead(self) -> float:
        """By how much the second lies above the first: 0 for an order that knows nothing, below for a wrong one."""
        return self.insertion - self.deletion


def _area(curve: np.ndarray) -> float:
    return float(((curve[1:] + curve[:-1]) / 2).mean())


def outputs_on_removal(model: ViT, first: Trace, rankings: np.ndarray) -> Tensor:
    """The pooled outputs as patches go, for each of the orders ``rankings`` (orders, gh·gw), most important first.

    (orders, 2, 11, d): over ``SHARES``, with the first patches removed, then with them alone shown. What is explained
    does not enter, so that one set of passes serves every question. What one order removes as the most important, the
    other curve shows: both need the same sizes, and all sets of a size go through the model together.
    """
    n = first.layout.n_patches
    sizes = [max(1, n - round(share * n)) for share in SHARES]  # how many are left, from all to one
    whole = first.pooled[:1].expand(2 * len(rankings), -1)
    found = [whole]
    for size in sizes[1:]:
        kept = np.concatenate([rankings[:, n - size :], rankings[:, :size]])  # (2·orders, size)
        found.append(with_only(model, first, kept))
    removed, shown = rearrange(torch.stack(found), "share (way order) d -> way order share d", way=2)
    return torch.stack([removed, shown.flip(1)], dim=1)  # (orders, 2, 11, d)


def removal_curves(outputs: Tensor, measure: Measure) -> list[RemovalCurves]:
    """Both curves of each order, from its :func:`outputs_on_removal`."""
    measured = measure(rearrange(outputs, "order way share d -> (order way share) d"))
    return [RemovalCurves(*curves) for curves in measured.reshape(outputs.shape[:-1])]


def ranking(values: np.ndarray) -> np.ndarray:
    """The patches (gh·gw,), the highest value first."""
    return np.argsort(-values, kind="stable")


def by_chance(patches: int, seed: int) -> np.ndarray:
    """The patches in a random order."""
    return np.random.default_rng(seed).permutation(patches)


def best_supported(leads: Mapping[str, float], chance: Sequence[float]) -> str | None:
    """The map whose order leads most; None where none leads by more than a random order does, either way round
    (an order and its reverse lead by the same, once up and once down)."""
    best = max(leads, key=leads.__getitem__)
    return best if leads[best] > max(map(abs, chance)) else None
