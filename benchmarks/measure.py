"""Contenders in processes of their own, run in turn; medians with their spread.

A process each, because they would otherwise work in each other's memory: what one frees the next gets without
having to ask the kernel for it, and the one that keeps most pays for all. In turn, because whatever else the
machine does in that minute then meets all of them; so ratios are taken within a round and can be believed
where milliseconds cannot. And in several lots of fresh processes, because where a process finds its memory is luck
that lasts as long as it does: the same code in two of them differs by a few per cent.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, log, nan
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from vit import environment

Work = Callable[[], Any]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, quartiles, what 95 % lie within, extremes and how many; of nothing, all of them are NaN."""
    ordered = sorted(values) or [nan]
    q1, median, q3 = statistics.quantiles(ordered, n=4, method="inclusive") if len(ordered) > 1 else ordered * 3
    p95 = ordered[ceil(0.95 * len(ordered)) - 1]
    return {
        "median": median,
        "q1": q1,
        "q3": q3,
        "p95": p95,
        "min": ordered[0],
        "max": ordered[-1],
        "n": len(values),
    }


def exponent(grown: str, steps: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """The slope of log ``key`` over log size: over all steps, and between neighbours."""
    x = [log(step[grown]) for step in steps]
    y = [log(step[key]["median"] if isinstance(step[key], dict) else step[key]) for step in steps]
    between = [(y[i + 1] - y[i]) / (x[i + 1] - x[i]) for i in range(len(x) - 1)]
    return {"all": float(np.polyfit(x, y, 1)[0]), "between": between}


def resident(kind: str = "VmRSS", process: int | str = "self") -> int:
    """Bytes a process has in memory now (``VmRSS``) or had at most since the mark was reset (``VmHWM``)."""
    return _kilobytes(kind, Path(f"/proc/{process}/status")) * 1024


def _kilobytes(name: str, file: Path) -> int:
    """The number after ``name:`` in a file of ``/proc``."""
    found = re.search(rf"{name}:\s+(\d+)", file.read_text())
    assert found, f"{file} has no {name}"
    return int(found[1])


def forget_peak() -> None:
    """From now on this process's ``VmHWM`` counts anew."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_of(work: Work) -> dict[str, Any]:
    """How far memory rose above where it stood while ``work`` ran, and what came back, described."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    forget_peak()
    before = resident()
    result = work()
    return {"peak_bytes": resident("VmHWM") - before, **described(result)}


def described(result: Any) -> dict[str, Any]:
    """Names, shapes and bytes of what a contender hands back, if it is a mapping of names to tensors."""
    if not isinstance(result, Mapping):
        return {}
    from vit.model.trace import bytes_of  # loads torch, which only a contender's process needs

    shapes = {name: f"{len(ts)} × {tuple(ts[0].shape)}" for name, ts in result.items()}
    return {"returns": shapes, "returns_bytes": bytes_of(tensor for tensors in result.values() for tensor in tensors)}


def timed(work: Work) -> float:
    """Seconds on the clock."""
    begin = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - begin
    del result
    return seconds


def _serve(pipe: Connection) -> None:
    work: Work = lambda: None  # noqa: E731
    while (order := pipe.recv()) is not None:
        command, *rest = order
        try:
            if command == "prepare":
                work = lambda: None  # noqa: E731  (the last model goes before the next comes)
                gc.collect()
                work, answer = rest[0](*rest[1:]), None
            else:
                answer = timed(work) if command == "time" else peak_of(work)
            pipe.send((answer, None))
        except Exception as error:
            pipe.send((None, f"{type(error).__name__}: {error}"))


@contextmanager
def _short_spins() -> Iterator[None]:
    """A process started in here has threads that wait for each other as ``vit.train`` has: spin a moment, then sleep.

    For every contender alike; a server that is measured has its own rule and must not inherit this one.
    """
    before = os.environ.get("GOMP_SPINCOUNT")
    environment.share_cores()
    try:
        yield
    finally:
        if before is None:
            del os.environ["GOMP_SPINCOUNT"]


class Contender:
    """A process that makes a piece of work and then runs it whenever it is its turn."""

    def __init__(self, name: str) -> None:
        self.name = name
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with _short_spins():
            self._process.start()
        theirs.close()

    def ask(self, *order: Any) -> Any:
        """RuntimeError, with its message, if it failed over there."""
        self._pipe.send(order)
        answer, error = self._pipe.recv()
        if error:
            raise RuntimeError(f"{self.name}: {error}")
        return answer

    def __enter__(self) -> Contender:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pipe.send(None)
        self._process.join(30)


@dataclass(frozen=True)
class Lot:
    """What the processes of one start took, in seconds, round by round, and how far each one's memory rose in a run."""

    peaks: dict[str, dict[str, Any]]
    rounds: list[dict[str, float]]


def run(contenders: Sequence[Contender], budget: float, fewest: int) -> Lot:
    """All in turn for about ``budget`` seconds, after a warm-up and a run each to measure memory."""
    for contender in contenders:
        contender.ask("time")
    peaks = {contender.name: contender.ask("peak") for contender in contenders}
    rounds: list[dict[str, float]] = []
    begin, chance = time.perf_counter(), random.Random(0)
    while len(rounds) < fewest or time.perf_counter() - begin < budget:
        turn = chance.sample(contenders, len(contenders))  # who is first, and who comes after whom, changes
        rounds.append({contender.name: contender.ask("time") for contender in turn})
    return Lot(peaks, rounds)


def compared(lots: Sequence[Lot]) -> dict[str, Any]:
    """Spreads over the rounds of all lots. Ours comes first in each lot's peaks.

    ``ratios`` are its time over each other's, round by round: below 1 it is the faster.
    """
    found, rounds = lots[0].peaks, [each for lot in lots for each in lot.rounds]
    for name in found:
        found[name]["seconds"] = spread([one[name] for one in rounds])
    own, *others = found
    ratios = {name: spread([one[own] / one[name] for one in rounds]) for name in others}
    return {"contenders": found, "ratios": ratios}
