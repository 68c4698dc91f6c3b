"""The one place where a session waits for work that another thread does: bounded, and left when the person has left.

A thread that does such work says so with :func:`never_waits`. It may not wait itself: what it waits for could be
queued behind what it is doing, and then nobody would ever go on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

from vit.errors import Refusal

T = TypeVar("T")
LONGEST = 300.0  # seconds
TICK = 0.25  # seconds between two looks at whether the result is still wanted
_this_thread = threading.local()


class ServerBusyError(Refusal, RuntimeError):
    """Nothing came of the work for ``LONGEST`` seconds."""


def never_waits() -> None:
    """Declare that the calling thread does work for others."""
    _this_thread.works_for_others = True


def has_no_session() -> None:
    """Declare that the calling thread works for nobody who could leave."""
    _this_thread.has_no_session = True


def may_wait() -> bool:
    """Whether the calling thread is one that waits for others."""
    return not getattr(_this_thread, "works_for_others", False)


@contextmanager
def told_while_waiting(tell: Callable[[], None]) -> Iterator[None]:
    """Within, ``tell`` is called every now and then while this thread waits, so that a page can say for what."""
    before = getattr(_this_thread, "tell", None)
    _this_thread.tell = tell
    try:
        yield
    finally:
        _this_thread.tell = before


def wait_for(future: Future[T]) -> T:
    """The result of ``future``, or its exception.

    ServerBusyError after ``LONGEST`` seconds. When the person has moved a control or gone away, Streamlit's own
    exception ends the run, as it would at any other place of the page.
    """
    assert may_wait(), "a thread that works for others may not wait for them"
    end = time.monotonic() + LONGEST
    while True:
        try:
            return future.result(timeout=TICK)
        except TimeoutError:
            if future.done():  # it is the work itself that was out of time
                return future.result()
        _end_run_if_asked()
        if tell := getattr(_this_thread, "tell", None):
            tell()
        if time.monotonic() > end:
            raise ServerBusyError(
                "The server has been busy with other work for too long. Please try again in a minute."
            )


def _end_run_if_asked() -> None:
    """Give Streamlit the occasion to end this run: it looks for such a request whenever the session state is read."""
    if getattr(_this_thread, "has_no_session", False):
        return
    if st.runtime.exists():  # not where a function of the app is used without its server
        _ = "picture" in st.session_state
