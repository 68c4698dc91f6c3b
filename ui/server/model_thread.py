"""The one thread that imports torch and runs models, for all sessions; what is begun is finished first.

Passes queue here instead of fighting over the same cores, and torch keeps a single pool of threads however many
people are connected. A page that has its trace comes before one that still waits for it: it is nearly done. But a
new picture is overtaken only by what is asked for within ``PATIENCE`` seconds of it: while a hundred people moved
sliders, some waited for their first picture for two minutes.
"""

from __future__ import annotations

import gc
import itertools
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import PriorityQueue
from typing import TypeVar

import streamlit as st
from threadpoolctl import threadpool_limits

from ui.server import garbage

T = TypeVar("T")
PATIENCE = 15.0  # seconds
_NEXT, _LATER = 0.0, PATIENCE


class _ModelThread:
    """Does pieces of work one after the other, in the order of when they were asked for, plus what they may wait."""

    def __init__(self) -> None:
        self._queue: PriorityQueue[tuple[float, int, Callable[[], object], Future]] = PriorityQueue()
        self._numbers = itertools.count()
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], T], wait: float) -> Future[T]:
        """``wait``: by how many seconds work that is asked for later may come first."""
        future: Future[T] = Future()
        self._queue.put((time.monotonic() + wait, next(self._numbers), work, future))
        return future

    def do(self, work: Callable[[], T], wait: float) -> T:
        """Wait for ``work`` and hand back its result; work that is part of other work is done at once."""
        return work() if threading.current_thread() is self._thread else self.submit(work, wait).result()

    def crowded(self) -> bool:
        """Whether more people wait than one."""
        return self._queue.qsize() > 1

    def _run(self) -> None:
        while True:
            _, _, work, future = self._queue.get()
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
            del work, future  # or the last result would be kept until the next piece of work comes


@st.cache_resource(show_spinner=False)
def _model_thread() -> _ModelThread:
    thread = _ModelThread()
    thread.do(_warm_up, _NEXT)
    return thread


def _warm_up() -> None:
    # The cores are shared, with a browser, with other sessions, with a training. Threads that spin while they
    # wait for each other then take turns with what they wait for: small matrices were 30 times slower for it.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is imported
    # A million objects come to stay. Looking for garbage among them, again and again, took a twelfth of the time.
    gc.disable()
    import vit.checkpoints.loading  # noqa: F401  (torch and all of the model, once and here)

    gc.enable()
    threadpool_limits(1, user_api="blas")

    # How long whoever computes may keep Python's lock from whoever asks for it. A hundred people, fifty uploads: at
    # Python's 5 ms a slider took 0.50 s and an upload 33; at 0.5 ms, when pages cut each other short, 1.1 and 20 s.
    sys.setswitchinterval(0.002)  # 0.41 and 21 s

    # Collecting garbage walks over every object there is; torch's million long-lived ones are left out of that.
    gc.collect()
    gc.freeze()


def wake() -> None:
    """Import torch, if this is the first time it is needed."""
    _model_thread()
    garbage.later()


def crowded() -> bool:
    """Whether several people wait for the model thread at this moment."""
    return _model_thread().crowded()


def on_model_thread(work: Callable[[], T]) -> T:
    """Run ``work`` on the model thread and wait for it."""
    return _model_thread().do(work, _NEXT)


def first_pass(work: Callable[[], T]) -> T:
    """The same for the pass with which a picture begins: after what was begun before, and in a moment."""
    return _model_thread().do(work, _LATER)
