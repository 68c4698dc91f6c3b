"""What a family file says: the config, the key map, and the keys that are left out with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from einops import rearrange
from torch import Tensor

from vit.config import ViTConfig


@dataclass(frozen=True)
class Family:
    """How to read one family's checkpoints.

    ``config`` makes a :class:`ViTConfig` of its ``config.json``. ``keys`` maps our parameter names to
    the checkpoint's, with ``{i}`` for the block; several keys are stacked on top of each other (q, k
    and v; CLS and registers). ``ignored`` maps keys that may be there and are not used to the reason.
    ``roots`` are prefixes under which the same keys may stand.
    """

    name: str
    config: Callable[[dict[str, Any]], ViTConfig]
    keys: Mapping[str, str | tuple[str, ...]]
    ignored: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[str, ...] = ("",)

    def sources(self, target: str) -> tuple[str, ...]:
        """The checkpoint's keys for one of our parameters; none if the map has no row for it."""
        parts = target.split(".")
        block = next((part for part in parts if part.isdigit()), "")
        found = self.keys.get(".".join("{i}" if part == block and block else part for part in parts), ())
        return tuple(key.format(i=block) for key in ((found,) if isinstance(found, str) else found))


def assemble(target: str, tensors: list[Tensor]) -> Tensor:
    """The checkpoint's tensors → our parameter ``target``: axes dropped, convolution flattened, stacked."""
    if target == "patch_embedding.projection.weight":
        (kernel,) = tensors
        return rearrange(kernel, "d c p1 p2 -> d (p1 p2 c)")
    if target in ("prefix", "position"):
        return torch.cat([tensor.reshape(-1, tensor.shape[-1]) for tensor in tensors])  # (rows, d)
    return tensors[0] if len(tensors) == 1 else torch.cat(tensors)
