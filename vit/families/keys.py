"""The few ways in which a checkpoint's tensors become our parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor


@dataclass(frozen=True)
class Made:
    """One of our parameters, made of the checkpoint's tensors under ``keys`` by ``make``."""

    keys: tuple[str, ...]
    make: Callable[..., Tensor]


Keys = Mapping[str, str | Made]


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


def first_block(row: str | Made) -> tuple[str, ...]:
    """The checkpoint's keys that one row asks for, those of the first block where it stands for every block."""
    return tuple(key.replace("{i}", "0") for key in ((row,) if isinstance(row, str) else row.keys))


def source(target: str, keys: Keys) -> Made | None:
    """Where one of our parameters comes from, the block's number filled in; None without a row for it."""
    parts = target.split(".")
    block = parts[1] if parts[0] == "blocks" else ""
    row = keys.get(".".join(["blocks", "{i}", *parts[2:]]) if block else target)
    if isinstance(row, str):
        row = Made((row,), lambda tensor: tensor)
    return row and Made(tuple(key.replace("{i}", block) for key in row.keys), row.make)
