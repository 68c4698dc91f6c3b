"""Which token is what, and where the patches lie."""

from __future__ import annotations

import re
from dataclasses import dataclass

from torch import Tensor

_NAMES = {"cls": "CLS", "dist": "distillation"}
_NUMBERED = {"reg": "register", "det": "detection"}  # → what stands before the number
_NUMBER = re.compile(rf"({'|'.join(_NUMBERED)})(\d+)")


@dataclass(frozen=True)
class TokenLayout:
    """Which token is what: the names of the prefix tokens, then a grid of patches.

    The one place that knows where the patches begin. ``prefix`` is e.g. ``("cls", "reg0")``,
    ``grid`` the patches (down, across); the picture need not be square.
    """

    prefix: tuple[str, ...]
    grid: tuple[int, int]

    @property
    def n_prefix(self) -> int:
        return len(self.prefix)

    @property
    def n_patches(self) -> int:
        return self.grid[0] * self.grid[1]

    @property
    def n_tokens(self) -> int:
        return self.n_prefix + self.n_patches

    def patches(self, x: Tensor, axis: int = -2) -> Tensor:
        """The part of ``x`` along its token ``axis`` that belongs to patches."""
        return x.narrow(axis, self.n_prefix, self.n_patches)

    def patch_token(self, row: int, column: int) -> int:
        """The token index of the patch in ``row`` and ``column`` (both from 0)."""
        gh, gw = self.grid
        if not (0 <= row < gh and 0 <= column < gw):
            raise IndexError(f"patch ({row}, {column}) is outside the {gh}×{gw} grid")
        return self.n_prefix + row * gw + column

    def row_column(self, token: int) -> tuple[int, int] | None:
        """Where a patch token lies on the grid, or None for a prefix token."""
        patch = token - self.n_prefix
        return divmod(patch, self.grid[1]) if patch >= 0 else None

    def name(self, token: int) -> str:
        """What to call a token on a page: ``CLS``, ``register 2``, ``patch (3, 5)`` (row, column)."""
        if not 0 <= token < self.n_tokens:
            raise IndexError(f"token {token} is not one of the {self.n_tokens} tokens")
        if place := self.row_column(token):
            return f"patch ({place[0]}, {place[1]})"
        name = self.prefix[token]
        if numbered := _NUMBER.fullmatch(name):
            return f"{_NUMBERED[numbered[1]]} {numbered[2]}"
        return _NAMES.get(name, name)
