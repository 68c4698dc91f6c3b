"""What another library's model of the same checkpoint did in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from vit.model.layout import TokenLayout


@dataclass(frozen=True)
class TwinOutput:
    """One pass of another library's model: residual streams (b, n, d) before the first block and after each, patterns
    (b, h, n, n) of each; ``pooled`` (b, d) and ``logits`` (b, classes) are None where it has none."""

    residual: tuple[Tensor, ...]
    patterns: tuple[Tensor, ...]
    pooled: Tensor | None
    logits: Tensor | None


class AnyTwin(Protocol):
    """Another library's model of the same checkpoint: its class's name, what it calls its classes by number, a pass."""

    @property
    def name(self) -> str: ...

    @property
    def labels(self) -> dict[int, str]: ...

    def run(self, pixels: Tensor, layout: TokenLayout) -> TwinOutput: ...
