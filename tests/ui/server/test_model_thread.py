"""The thread that runs models: one job at a time, in order, errors to whoever asked, and it never waits."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Protocol

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.sessions import brought, go, healthy, opened
from ui.server import model_thread as module
from ui.server import traces, waiting
from ui.server.model_thread import NEW_PICTURE, WHOLE_PAGE, Job, ModelThread, model_thread, one_run, start
from ui.server.waiting import ServerBusyError, wait_for


def submit(thread: ModelThread, work: object, patience: float = 0.0) -> Future:
    job = Job(work)
    thread.submit(job, patience)
    return job.future


class Add(Protocol):
    """Asks for a piece of work of this name."""

    def __call__(self, name: str, patience: float = 0.0) -> None: ...


def done_in_order(ask: Callable[[Add], None]) -> list[str]:
    """The names of what ``ask`` asks of a model thread that is held up meanwhile, in the order in which it is done."""
    thread, done, go = ModelThread(), [], threading.Event()
    futures = [submit(thread, go.wait)]

    def add(name: str, patience: float = 0.0) -> None:
        futures.append(submit(thread, lambda: done.append((name, threading.current_thread().name)), patience))

    ask(add)
    go.set()
    for future in futures:
        future.result(timeout=10)
    assert {by for _, by in done} == {"model"}
    return [name for name, _ in done]


def by_another(add: Add, name: str) -> None:
    """Another session asks for it."""
    with ThreadPoolExecutor(1) as other:
        other.submit(add, name).result(10)


def test_what_is_begun_is_finished_before_a_new_picture_begins() -> None:
    def ask(add: Add) -> None:
        for name, patience in (("new 1", NEW_PICTURE), ("new 2", NEW_PICTURE), ("begun 1", 0.0), ("begun 2", 0.0)):
            add(name, patience)

    assert done_in_order(ask) == ["begun 1", "begun 2", "new 1", "new 2"]


def test_a_new_picture_is_not_overtaken_for_ever() -> None:
    def ask(add: Add) -> None:
        add("new", 0.05)
        time.sleep(0.1)
        add("asked for long after")

    assert done_in_order(ask) == ["new", "asked for long after"]


def test_it_may_not_wait_for_another_thread() -> None:
    """Whatever it would wait for could be queued behind what it is doing."""
    with pytest.raises(AssertionError, match="may not wait"):
        submit(ModelThread(), lambda: wait_for(Future())).result(timeout=10)


def test_an_error_goes_to_whoever_asked_and_the_thread_goes_on() -> None:
    thread = ModelThread()
    failing = submit(thread, lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        failing.result(timeout=10)
    ending = submit(thread, lambda: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(CancelledError):
        ending.result(timeout=10)
    assert submit(thread, lambda: 7).result(timeout=10) == 7


def test_a_job_taken_back_is_not_done() -> None:
    thread, done, go = ModelThread(), [], threading.Event()
    submit(thread, go.wait)
    job = Job(lambda: done.append("unwanted"))
    thread.submit(job)
    assert job.cancel()
    go.set()
    submit(thread, lambda: done.append("wanted")).result(timeout=10)
    assert done == ["wanted"]


def test_a_result_is_not_kept() -> None:
    """A trace of 45 MB that nobody wants any more must not wait for the next piece of work."""

    class Large:
        pass

    thread = ModelThread()
    large = submit(thread, Large).result(timeout=10)
    gone = weakref.ref(large)
    submit(thread, lambda: None).result(timeout=10)
    del large
    assert gone() is None


def test_a_wait_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LONGEST", 0.0)
    monkeypatch.setattr(waiting, "TICK", 0.01)
    with pytest.raises(ServerBusyError, match="try again"):
        wait_for(Future())


def test_who_waits_is_told_while_it_lasts_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "TICK", 0.01)
    told: list[int] = []
    future: Future[str] = Future()

    def tell() -> None:
        told.append(1)
        if len(told) == 3:
            future.set_result("done")

    with waiting.told_while_waiting(tell):
        assert wait_for(future) == "done"
    monkeypatch.setattr(waiting, "LONGEST", 0.05)
    with pytest.raises(ServerBusyError):
        wait_for(Future())
    assert len(told) == 3


def test_an_error_of_the_work_that_looks_like_a_wait_is_handed_on() -> None:
    future: Future = Future()
    future.set_exception(TimeoutError("of the work"))
    with pytest.raises(TimeoutError, match="of the work"):
        wait_for(future)


def test_once_torch_is_there_a_page_does_not_stand_in_the_queue() -> None:
    start()
    go = threading.Event()
    busy = submit(model_thread(), go.wait)
    try:
        with ThreadPoolExecutor(1) as session:
            session.submit(start).result(timeout=20)
        assert not busy.done()
    finally:
        go.set()


def test_a_run_stands_in_the_queue_once() -> None:
    """Its second piece of work comes before what others asked for after the run began."""

    def ask(add: Add) -> None:
        with one_run():
            with one_run():
                add("first of the run")
            by_another(add, "another's")
            add("second of the run")
        add("after the run")

    assert done_in_order(ask) == ["first of the run", "second of the run", "another's", "after the run"]


def test_a_long_run_does_not_keep_all_others_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_LEAD", 0.05)

    def ask(add: Add) -> None:
        with one_run():
            time.sleep(0.1)
            by_another(add, "another's")
            time.sleep(0.1)
            add("the run's")

    assert done_in_order(ask) == ["another's", "the run's"]


def test_a_control_comes_before_pages_that_were_asked_for_a_moment_ago() -> None:
    def ask(add: Add) -> None:
        with one_run(WHOLE_PAGE):
            add("page")
        with one_run():
            add("control")

    assert done_in_order(ask) == ["control", "page"]


def test_pages_are_runs_that_controls_overtake_and_a_picture_is_new_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float | None, float]] = []
    submit_to = ModelThread.submit

    def noted(self: ModelThread, job: Job, patience: float = 0.0) -> None:
        run = getattr(module._this_thread, "run", None)
        asked.append((run and run[1], patience))
        submit_to(self, job, patience)

    at = opened("block")
    monkeypatch.setattr(ModelThread, "submit", noted)
    at.session_state.picture = brought(770_002)
    healthy(at.run())
    assert {run for run, _ in asked} == {WHOLE_PAGE}
    assert asked[0] == (WHOLE_PAGE, NEW_PICTURE)
    asked.clear()
    traces.STORE.clear()
    healthy(at.run())
    assert set(asked) == {(0.0, 0.0)}, "the page stands, and the picture has been on the screen"
    asked.clear()
    traces.STORE.clear()
    go(at, "attention")
    assert set(asked) == {(WHOLE_PAGE, 0.0)}
    asked.clear()
    at.session_state.side = 336
    healthy(at.run())
    assert {run for run, _ in asked} == {WHOLE_PAGE}, "at another resolution everything is new"


def test_a_part_of_a_page_is_a_run_of_its_own() -> None:
    def script() -> None:
        import streamlit as st

        from ui.server import model_thread
        from ui.shell.refusals import fragment

        def part() -> None:
            st.button("Again")
            st.text(model_thread._this_thread.run[1])

        with model_thread.one_run(model_thread.WHOLE_PAGE):
            fragment(part)()

    at = healthy(AppTest.from_function(script).run())
    assert at.text[0].value == str(WHOLE_PAGE)
    assert getattr(module._this_thread, "run", None) is None


def test_work_taken_back_does_not_count_as_waiting_and_holds_nothing() -> None:
    class Large:
        pass

    def job_with(large: Large) -> Job:
        return Job(lambda: large)

    thread, begun, go, large = ModelThread(), threading.Event(), threading.Event(), Large()
    first = submit(thread, lambda: begun.set() or go.wait())
    assert begun.wait(10)
    job = job_with(large)
    thread.submit(job, 30)
    assert thread.waiting() == 1
    held = weakref.ref(large)
    del large
    assert held() is not None
    assert job.cancel()
    assert thread.waiting() == 0
    assert held() is None
    go.set()
    first.result(timeout=10)
