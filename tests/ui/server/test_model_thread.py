"""The thread that runs models: one at a time, what is begun before what is new, and errors to whoever asked."""

from __future__ import annotations

import threading
import time
import weakref

import pytest

from ui.server.model_thread import _LATER, _NEXT, _ModelThread


def test_what_is_begun_is_finished_before_a_new_picture_begins() -> None:
    thread, done, go = _ModelThread(), [], threading.Event()
    waiting = [thread.submit(go.wait, _NEXT)]
    for name, turn in (("new 1", _LATER), ("new 2", _LATER), ("begun 1", _NEXT), ("begun 2", _NEXT)):
        waiting.append(thread.submit(lambda name=name: done.append((name, threading.current_thread().name)), turn))
    go.set()
    for future in waiting:
        future.result(timeout=10)
    assert done == [(name, "model") for name in ("begun 1", "begun 2", "new 1", "new 2")]


def test_a_new_picture_is_not_overtaken_for_ever() -> None:
    thread, done, go = _ModelThread(), [], threading.Event()
    waiting = [thread.submit(go.wait, _NEXT), thread.submit(lambda: done.append("new"), 0.05)]
    time.sleep(0.1)
    waiting.append(thread.submit(lambda: done.append("asked for long after"), _NEXT))
    go.set()
    for future in waiting:
        future.result(timeout=10)
    assert done == ["new", "asked for long after"]


def test_work_within_work_is_done_at_once() -> None:
    thread = _ModelThread()
    assert thread.do(lambda: thread.do(lambda: threading.current_thread().name, _LATER), _NEXT) == "model"


def test_an_error_goes_to_whoever_asked_and_the_thread_goes_on() -> None:
    thread = _ModelThread()
    failing = thread.submit(lambda: 1 // 0, _NEXT)
    with pytest.raises(ZeroDivisionError):
        failing.result(timeout=10)
    assert thread.submit(lambda: 7, _NEXT).result(timeout=10) == 7


def test_a_result_is_not_kept() -> None:
    """A trace of 45 MB that nobody wants any more must not wait for the next piece of work."""

    class Large:
        pass

    thread = _ModelThread()
    large = thread.submit(Large, _NEXT).result(timeout=10)
    gone = weakref.ref(large)
    thread.submit(lambda: None, _NEXT).result(timeout=10)
    del large
    assert gone() is None
