"""What nobody told of a model, and what was taken for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Question:
    """``value``: the one in use, guessed or said by a person. ``usual``: why such models have what was guessed, as
    what follows "a guess: ". ``options``: all there can be, where they are few and known."""

    value: Any
    usual: str
    options: tuple[Any, ...] = ()
