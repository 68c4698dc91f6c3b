"""Decorators for functions whose results all sessions share (:mod:`ui.server.result_store`).

``@model_result(…)``: the body runs on the model thread; for whatever has torch compute.
``@shared_result(…)``: the body runs in the thread of the session that asks first; for what draws, packs, and computes
with numpy alone, beside the model thread.

Arguments whose names begin with an underscore are not part of the key, as with Streamlit's own caches. Those may not
be used where a function reaches the model thread: their locks are held by one session while others wait, unseen.
Results are shared, not copied: arrays in them cannot be written to.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from functools import update_wrapper
from inspect import signature
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np

from ui.server.result_store import ResultStore

T = TypeVar("T")
P = ParamSpec("P")
SHARED: list[SharedFunction[..., Any]] = []  # all functions that were decorated


class SharedFunction(Generic[P, T]):
    """A function whose results are kept for all; called like the function itself."""

    def __init__(self, function: Callable[P, T], results: ResultStore[T], patience: float) -> None:
        update_wrapper(self, function)
        self.function, self.results = function, results
        self._patience, self._signature = patience, signature(function)
        SHARED.append(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.results.get(self._key(*args, **kwargs), lambda: self._compute(*args, **kwargs), self._patience)

    def has(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Whether the result is there already."""
        return self._key(*args, **kwargs) in self.results

    def put(self, result: T, *args: P.args, **kwargs: P.kwargs) -> None:
        """Keep what was computed on the way to another result."""
        make_read_only(result)
        self.results.put(self._key(*args, **kwargs), result)

    def _compute(self, *args: P.args, **kwargs: P.kwargs) -> T:
        result = self.function(*args, **kwargs)
        make_read_only(result)
        return result

    def _key(self, *args: Any, **kwargs: Any) -> Hashable:
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return tuple(value for name, value in bound.arguments.items() if not name.startswith("_"))


def model_result(
    *, max_entries: int | None = None, max_bytes: float | None = None, patience: float = 0.0
) -> Callable[[Callable[P, T]], SharedFunction[P, T]]:
    """Decorate a function that runs on the model thread. Give one bound: entries or bytes."""
    return lambda function: SharedFunction(function, _store(max_entries, max_bytes, True), patience)


def shared_result(
    *, max_entries: int | None = None, max_bytes: float | None = None
) -> Callable[[Callable[P, T]], SharedFunction[P, T]]:
    """Decorate a function that runs in the thread of whoever asks first. Give one bound: entries or bytes."""
    return lambda function: SharedFunction(function, _store(max_entries, max_bytes, False), 0.0)


def _store(max_entries: int | None, max_bytes: float | None, on_model_thread: bool) -> ResultStore[Any]:
    if max_entries is not None:
        return ResultStore(max_entries, lambda result: 1, on_model_thread=on_model_thread)
    assert max_bytes is not None, "a store has a bound"
    return ResultStore(max_bytes, bytes_in, on_model_thread=on_model_thread)


def _parts(value: object) -> list[object]:
    """What a container holds; nothing for anything else."""
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, (tuple, list)):
        return list(value)
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in fields(value)]
    return []


def bytes_in(value: object) -> float:
    """Roughly how much memory a result takes: its arrays, bytes and texts."""
    own = getattr(value, "nbytes", None)
    if own is not None:
        return float(own)
    if isinstance(value, (bytes, str)):
        return len(value)
    return 64.0 + sum(map(bytes_in, _parts(value)))


def make_read_only(value: object) -> None:
    """Let nobody write into the arrays of a result that all share."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    for part in _parts(value):
        make_read_only(part)
