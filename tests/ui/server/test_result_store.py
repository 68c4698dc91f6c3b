"""Results that all share: computed once, joined by who comes meanwhile, taken back when nobody waits."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ui.server import result_store, shared
from ui.server.model_thread import model_thread, on_model_thread
from ui.server.result_store import ResultStore

STORES = pytest.mark.parametrize("where", [True, False], ids=["model thread", "session's thread"])


def store(where: bool, limit: float = 10) -> ResultStore:
    return ResultStore(limit, lambda value: 1, on_model_thread=where)


class Asked:
    """Work that says when it has begun and goes on when it may."""

    def __init__(self, result: object = 7) -> None:
        self.times, self.began, self.go, self.result = 0, threading.Event(), threading.Event(), result

    def __call__(self) -> object:
        self.times += 1
        self.began.set()
        assert self.go.wait(20)
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


@STORES
def test_many_who_ask_share_one_computation(where: bool) -> None:
    results, work = store(where), Asked()
    with ThreadPoolExecutor(8) as people:
        answers = [people.submit(results.get, "key", work) for _ in range(8)]
        work.began.wait(20)
        work.go.set()
        assert [answer.result(20) for answer in answers] == [7] * 8
    assert work.times == 1
    assert results.get("key", work) == 7
    assert work.times == 1


@STORES
def test_an_error_reaches_all_who_wait_and_is_not_kept(where: bool) -> None:
    results, work = store(where), Asked(ValueError("no such model"))
    with ThreadPoolExecutor(4) as people:
        answers = [people.submit(results.get, "key", work) for _ in range(4)]
        work.began.wait(20)
        while results._pending["key"].waiting < 4:
            time.sleep(0.01)
        work.go.set()
        for answer in answers:
            with pytest.raises(ValueError, match="no such model"):
                answer.result(20)
    assert results.get("key", lambda: 8) == 8


@STORES
def test_none_is_a_result_too(where: bool) -> None:
    results = store(where)
    assert results.get("key", lambda: None) is None
    assert results.get("key", lambda: 1) is None


class LeftError(BaseException):
    """What Streamlit raises in a run that is to end is no ``Exception`` either."""


def test_work_nobody_waits_for_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    results, before, done = store(True), Asked(), []
    leave = threading.Event()

    def end_run_if_asked() -> None:
        if leave.is_set() and threading.current_thread().name.startswith("leaving"):
            raise LeftError

    monkeypatch.setattr("ui.server.waiting._end_run_if_asked", end_run_if_asked)
    with ThreadPoolExecutor(1) as other, ThreadPoolExecutor(2, "leaving") as people:
        busy = other.submit(on_model_thread, before)
        before.began.wait(20)
        answers = [people.submit(results.get, "key", lambda: done.append(1)) for _ in range(2)]
        while "key" not in results._pending or results._pending["key"].waiting < 2:
            time.sleep(0.01)
        leave.set()
        for answer in answers:
            with pytest.raises(LeftError):
                answer.result(20)
        assert not results._pending
        before.go.set()
        busy.result(20)
        on_model_thread(lambda: None)
    assert done == []


def test_who_waits_goes_on_when_the_one_who_computes_is_called_away() -> None:
    results, work = store(False), Asked(LeftError())
    with ThreadPoolExecutor(2) as people:
        called_away = people.submit(results.get, "key", work)
        work.began.wait(20)
        other = people.submit(results.get, "key", lambda: 9)
        while results._pending["key"].waiting < 2:
            time.sleep(0.01)
        work.go.set()
        with pytest.raises(LeftError):
            called_away.result(20)
        assert other.result(20) == 9


def test_the_model_thread_does_what_is_queued_for_it_at_once() -> None:
    """One session's work needs what another session has queued behind it."""
    results, times = store(True), []

    def work() -> int:
        times.append(1)
        return 7

    before = Asked()
    with ThreadPoolExecutor(2) as people:

        def needs_it() -> object:
            before()
            return results.get("key", work)

        first = people.submit(on_model_thread, needs_it)
        before.began.wait(20)
        second = people.submit(results.get, "key", work)
        while "key" not in results._pending:
            time.sleep(0.01)
        before.go.set()
        assert (first.result(20), second.result(20)) == (7, 7)
    assert len(times) == 1


def test_the_model_thread_computes_again_what_a_session_is_computing() -> None:
    results, slow = store(False), Asked()
    with ThreadPoolExecutor(2) as people:
        session = people.submit(results.get, "key", slow)
        slow.began.wait(20)
        assert people.submit(on_model_thread, lambda: results.get("key", lambda: 8)).result(20) == 8
        slow.go.set()
        assert session.result(20) == 7


def test_what_had_to_go_is_found_again_while_somebody_holds_it() -> None:
    results = store(False, limit=1)
    held = results.get("held", lambda: np.zeros(3))
    for number in range(5):
        results.get(number, lambda: np.ones(3))
    assert results.size == 1
    assert results.get("held", lambda: np.ones(3)) is held


def test_arguments_with_an_underscore_are_no_part_of_the_key() -> None:
    seen = []

    def area(height: int, width: int = 2, _note: str = "") -> np.ndarray:
        seen.append(_note)
        return np.full(3, height * width)

    function = shared.shared_result(max_entries=4)(area)
    try:
        assert function(3, _note="first") is function(3, 2, _note="second") is function(height=3)
        assert function(2, width=3, _note="third")[0] == 6
        assert seen == ["first", "third"]
        with pytest.raises(ValueError, match="read-only"):
            function(3)[0] = 1
    finally:
        shared.SHARED.remove(function)


def test_bytes_of_a_result() -> None:
    assert shared.bytes_in(np.zeros((2, 3), np.float32)) == 24
    assert shared.bytes_in((b"1234", "56")) == 64 + 6
    assert shared.bytes_in({"a": np.zeros(2)}) == 64 + 16


def test_the_thread_is_one_for_all() -> None:
    with ThreadPoolExecutor(8) as people:
        assert len({id(thread) for thread in people.map(lambda _: model_thread(), range(8))}) == 1
    assert result_store.model_thread() is model_thread()
