"""How many pages are computed at the same time: a few. The others wait their turn.

Python computes one thing at a time and passes its lock round among all who want it. With forty pages under way, a
model's pass, which gives the lock away at each of its hundreds of steps, waited for all forty at each of them; and
every page was late, where in a queue most would be early.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 4
PATIENCE = 10.0  # seconds; then a page begins although others are still at it, or one that hangs would stop them all


class Turns:
    """So many turns, one for each thread that computes."""

    def __init__(self, at_once: int, patience: float) -> None:
        self._free, self._patience = at_once, patience
        self._changed = threading.Condition()
        self._mine = threading.local()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn and have it."""
        with self._changed:
            self._changed.wait_for(lambda: self._free > 0, self._patience)
            self._free -= 1
        self._mine.held = True
        try:
            yield
        finally:
            self._mine.held = False
            self._give()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """This thread is going to wait: somebody else may have its turn, if it has one.

        Afterwards it goes on at once, though that may be one too many: it may hold what the others wait for.
        """
        if not getattr(self._mine, "held", False):
            yield
            return
        self._mine.held = False
        self._give()
        try:
            yield
        finally:
            with self._changed:
                self._free -= 1
            self._mine.held = True

    def _give(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify()


pages = Turns(AT_ONCE, PATIENCE)
