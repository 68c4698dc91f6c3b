"""The blocks of a model, in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, overload

from torch import nn

from vit.model.layers import Block


class Blocks(nn.ModuleList):
    """An ``nn.ModuleList`` that tells a type checker what it holds."""

    if TYPE_CHECKING:

        def __iter__(self) -> Iterator[Block]: ...

        @overload
        def __getitem__(self, idx: slice) -> Blocks: ...

        @overload
        def __getitem__(self, idx: int) -> Block: ...

        def __getitem__(self, idx: int | slice) -> Block | Blocks: ...
