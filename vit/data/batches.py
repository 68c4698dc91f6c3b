"""Which pictures make the next batch, and the chance in it: functions of (seed, step), so a run can go on exactly.

No generator lives from step to step. What a step draws depends on the seed and on its number alone:
there is nothing to store, a resumed run draws what the uninterrupted one would have drawn, and an
evaluation in between changes nothing.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

_ORDER, _STEP = 1, 2  # separate random streams: for the order of the pictures, and for the changes in a step


def _mixed(seed: int, kind: int, number: int) -> int:
    """One seed of three numbers: SplitMix64's finaliser (Steele, Lea & Flood 2014) over their sum."""
    mask = 2**64 - 1
    x = (seed * 0x9E3779B97F4A7C15 + kind * 0xD1B54A32D192ED03 + number) & mask
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return (x ^ (x >> 31)) >> 1


def step_seed(seed: int, step: int) -> int:
    return _mixed(seed, _STEP, step)


def step_generator(seed: int, step: int) -> torch.Generator:
    """The chance of one step, the same on every device and for every number of processes."""
    return torch.Generator().manual_seed(step_seed(seed, step))


@lru_cache(maxsize=2)
def order(n: int, seed: int, epoch: int) -> Tensor:
    """All n pictures shuffled: (n,), a new order every epoch."""
    return torch.randperm(n, generator=torch.Generator().manual_seed(_mixed(seed, _ORDER, epoch)))


def steps_in_epoch(n: int, batch: int) -> int:
    """Whole batches only: the few pictures left over are others in every epoch."""
    return max(1, n // batch)


def indices(n: int, batch: int, seed: int, step: int) -> Tensor:
    """The pictures of batch number ``step``: (batch,), or all n where a batch is larger than the set."""
    epoch, place = divmod(step, steps_in_epoch(n, batch))
    return order(n, seed, epoch)[place * batch : (place + 1) * batch]
