"""The few ways in which a checkpoint's tensors become our parameters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from einops import rearrange
from torch import Tensor


@dataclass(frozen=True)
class Made:
    """One of our parameters, made of the checkpoint's tensors under ``keys`` by ``make``; ``by_block``: which is given
    the block's number first, for a tensor that holds something of every block."""

    keys: tuple[str, ...]
    make: Callable[..., Tensor]
    by_block: bool = False


@dataclass(frozen=True)
class OneOf:
    """Several ways in which checkpoints of one family hold a parameter: the first of which every key is there."""

    ways: tuple[Made, ...]


Keys = Mapping[str, str | Made | OneOf]


def layer(ours: str, theirs: str) -> Keys:
    """A layer that has the same weight and bias in both."""
    return {f"{ours}.{part}": f"{theirs}.{part}" for part in ("weight", "bias")}


def stacked(ours: str, *theirs: str) -> Keys:
    """Several layers on top of each other in one of ours: query, key and value; gate and value."""
    return {
        f"{ours}.{part}": Made(tuple(f"{one}.{part}" for one in theirs), lambda *parts: torch.cat(parts))
        for part in ("weight", "bias")
    }


def rows(*keys: str) -> Made:
    """Token vectors and tables of them, whatever axes of length 1 they carry, as one table (rows, d)."""
    return Made(keys, lambda *tables: torch.cat([table.reshape(-1, table.shape[-1]) for table in tables]))


def kernel(key: str) -> Made:
    """A convolution as wide as its stride → the matrix that multiplies a flat patch."""
    return Made((key,), lambda weight: rearrange(weight, "d c p1 p2 -> d (p1 p2 c)"))


def vector(key: str) -> Made:
    """A single vector, whatever axes of length 1 it carries."""
    return Made((key,), lambda tensor: tensor.flatten())


def same(*keys: str) -> OneOf:
    """A parameter as it is, under whichever of ``keys`` is there."""
    return OneOf(tuple(Made((key,), _unchanged) for key in keys))


def either(*schemes: Keys) -> Keys:
    """The same parameters by the names of whichever scheme a checkpoint follows, the first where it follows none."""
    return {target: OneOf(tuple(way for scheme in schemes for way in ways(scheme[target]))) for target in schemes[0]}


def ways(row: str | Made | OneOf) -> tuple[Made, ...]:
    """All ways in which a row of ``Keys`` makes its parameter."""
    if isinstance(row, OneOf):
        return row.ways
    return (Made((row,), _unchanged) if isinstance(row, str) else row,)


def _unchanged(tensor: Tensor) -> Tensor:
    return tensor


def source(target: str, keys: Keys, there: Collection[str]) -> Made | None:
    """Where one of our parameters comes from, the block's number filled in; None without a row for it.

    ``there``: the checkpoint's keys, which decide between several ways.
    """
    parts = target.split(".")
    block = parts[1] if parts[0] == "blocks" else ""
    row = keys.get(".".join(["blocks", "{i}", *parts[2:]]) if block else target)
    if row is None:
        return None
    filled = [
        Made(
            tuple(key.replace("{i}", block) for key in way.keys),
            partial(way.make, int(block)) if way.by_block else way.make,
        )
        for way in ways(row)
    ]
    return next((way for way in filled if all(key in there for key in way.keys)), None) or max(
        filled, key=lambda way: sum(key in there for key in way.keys)
    )
