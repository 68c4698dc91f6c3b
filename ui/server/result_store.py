"""Results that all sessions share: each computed once, by key, however many ask for it, and kept within a bound.

Here, and nowhere else, it is known what is being computed: a job with a future for every key. Who asks for a key in
the making waits for its future; an exception reaches all who wait; when nobody waits any more, a job that has not
begun is taken back. The model thread never waits: what is queued for it, it does at once, and what another thread is
computing at this moment it computes again. So no two threads can wait for each other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

import cachetools

from ui.server.model_thread import Job, model_thread
from ui.server.waiting import may_wait, wait_for

T = TypeVar("T")
_MISSING: Any = object()


class _Pending(Job[T]):
    """A result in the making, and how many threads wait for it."""

    waiting = 0


class ResultStore(Generic[T]):
    """The results used last, in at most ``limit`` units of ``size_of`` (bytes, or one each).

    A result that had to go but that somebody still holds is found again as long as that is so: computing it anew
    would take time, and its memory twice.
    """

    def __init__(self, limit: float, size_of: Callable[[T], float], *, on_model_thread: bool) -> None:
        """``on_model_thread``: where results are computed; else in the thread of whoever asks first."""
        self._kept: cachetools.LRUCache[Hashable, T] = cachetools.LRUCache(limit, size_of)
        self._alive: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._pending: dict[Hashable, _Pending[T]] = {}
        self._lock = threading.Lock()
        self._on_model_thread = on_model_thread

    @property
    def size(self) -> float:
        """How much is kept, in units of the limit."""
        return self._kept.currsize

    @property
    def half_full(self) -> bool:
        """Whether what is kept takes half of the limit or more."""
        return self._kept.currsize >= self._kept.maxsize / 2

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept or key in self._alive

    def clear(self) -> None:
        """Forget all results; what is being computed goes on."""
        with self._lock:
            self._kept.clear()
            self._alive.clear()

    def put(self, key: Hashable, value: T) -> None:
        """Keep a result that was computed on the way to another."""
        with self._lock:
            self._keep(key, value)

    def get(self, key: Hashable, work: Callable[[], T], patience: float = 0.0) -> T:
        """The result of this key, from ``work`` if there is none yet.

        ``patience``: by how many seconds work on the model thread that is asked for later may come first.
        """
        while True:
            with self._lock:
                if (kept := self._find(key)) is not _MISSING:
                    return kept
                first = key not in self._pending
                if first:
                    self._pending[key] = _Pending(partial(self._compute, key, work))
                pending = self._pending[key]
                pending.waiting += 1
            try:
                return self._result(pending, first, work, patience)
            except CancelledError:  # who was computing it has been called away: now it is somebody else's turn
                continue
            finally:
                with self._lock:
                    pending.waiting -= 1
                    if not pending.waiting and pending.cancel():
                        self._pending.pop(key, None)

    def _result(self, pending: _Pending[T], first: bool, work: Callable[[], T], patience: float) -> T:
        thread = model_thread()
        if self._on_model_thread and not thread.is_this:
            if first:
                thread.submit(pending, patience)
        elif self._on_model_thread or first:
            pending.run()
        if may_wait():
            return wait_for(pending.future)
        return pending.future.result(timeout=0) if pending.future.done() else work()

    def _compute(self, key: Hashable, work: Callable[[], T]) -> T:
        try:
            value = work()
            with self._lock:
                self._keep(key, value)
            return value
        finally:
            with self._lock:
                self._pending.pop(key, None)

    def _find(self, key: Hashable) -> T:
        if (kept := self._kept.get(key, _MISSING)) is _MISSING and (kept := self._alive.get(key, _MISSING)) is _MISSING:
            return _MISSING
        self._keep(key, kept)
        return kept

    def _keep(self, key: Hashable, value: T) -> None:
        with suppress(TypeError):  # numbers, tuples and bytes cannot be found again by a weak reference
            self._alive[key] = value
        with suppress(ValueError):  # larger than the limit
            self._kept[key] = value
