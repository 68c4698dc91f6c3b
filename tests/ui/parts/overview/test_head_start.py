"""A server's work before anybody comes: the default picture is traced, its answer read, and it is not waited for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from tests.support.fresh_python import said
from ui.parts.overview import head_start
from ui.server import traces
from ui.server.model_thread import Job, model_thread
from ui.server.traces import STORE, TraceStore
from ui.server.waiting import has_no_session
from ui.session.choices import DEFAULT_MODEL
from ui.session.samples import DEFAULT_PHOTO, sample_picture


def alone(work: Callable[[], None]) -> None:
    """Do it as the server does, in a thread that works for nobody who could leave."""

    def without_session() -> None:
        has_no_session()
        work()

    thread = threading.Thread(target=without_session)
    thread.start()
    thread.join(120)
    assert not thread.is_alive()


def test_what_a_new_visitor_sees_is_prepared() -> None:
    STORE.clear()
    alone(head_start.prepare)
    assert (DEFAULT_MODEL, sample_picture(DEFAULT_PHOTO).key, None) in STORE.traces
    assert STORE.attention.size > 0


def test_other_samples_are_prepared_and_take_nobody_s_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_start, "BETWEEN", 0.01)
    STORE.clear()
    alone(head_start.prepare)
    before = STORE.attention.size
    alone(lambda: head_start.prepare_beside_others(["dog"]))
    assert (DEFAULT_MODEL, sample_picture("dog").key, None) in STORE.traces
    assert STORE.attention.size == before > 0


def test_a_sample_that_somebody_looks_at_is_not_traced_again_nor_any_into_the_last_half(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(head_start, "BETWEEN", 0.01)
    STORE.clear()
    alone(head_start.prepare)
    before = STORE.traces.size
    alone(lambda: head_start.prepare_beside_others([DEFAULT_PHOTO]))
    assert STORE.traces.size == before
    small = TraceStore(int(before * 5 / 2))  # four fifths of it are for traces: twice what the default's takes
    monkeypatch.setattr(traces, "STORE", small)
    alone(head_start.prepare)
    alone(lambda: head_start.prepare_beside_others(["dog"]))
    assert small.traces.size == before


def test_preparing_waits_while_people_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_start, "BETWEEN", 0.01)
    STORE.clear()
    thread, go = model_thread(), threading.Event()
    jobs = [Job(lambda: go.wait(60)), Job(lambda: (DEFAULT_MODEL, sample_picture("dog").key, None) in STORE.traces)]
    for job in jobs:
        thread.submit(job)
    preparing = threading.Thread(target=alone, args=(lambda: head_start.prepare_beside_others(["dog"]),))
    preparing.start()
    time.sleep(0.3)
    assert thread.waiting() == 1, "nothing stands behind those who wait"
    go.set()
    assert jobs[1].future.result(60) is False
    preparing.join(120)
    assert (DEFAULT_MODEL, sample_picture("dog").key, None) in STORE.traces


def test_the_server_does_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes: here until the server has begun to answer."""
    answering = threading.Event()
    waited: list[bool] = []
    monkeypatch.setattr(head_start, "prepare", lambda: waited.append(answering.wait(60)))
    monkeypatch.setattr(head_start, "prepare_beside_others", lambda samples: waited.append(len(list(samples)) > 10))
    monkeypatch.setattr(head_start, "SETTLED", 0.0)

    async def life() -> None:
        async with head_start.head_start(None):
            assert not waited
            answering.set()

    asyncio.run(life())
    for thread in threading.enumerate():
        if thread.name == "head start":
            thread.join(60)
            assert not thread.is_alive()
    assert waited == [True, True]


@pytest.mark.slow
def test_the_first_visitor_waits_for_no_import_any_more() -> None:
    code = (
        "import sys, threading; from tests.support.places import APP\n"
        "from tests.ui.parts.overview.test_head_start import alone\n"
        "from ui.parts.overview import head_start; from ui.widgets.gallery import thumbnail\n"
        "alone(head_start.prepare); alone(head_start.prepare_frame)\n"
        "from streamlit.testing.v1 import AppTest\n"
        "before, made = set(sys.modules), thumbnail.cache_info().misses\n"
        "at = AppTest.from_file(APP, default_timeout=120).run()\n"
        "assert at.title[0].value == 'Overview' and not at.exception\n"
        "heavy = ('ui.', 'vit.training', 'vit.checkpoints', 'omegaconf', 'huggingface_hub')\n"
        "print([name for name in set(sys.modules) - before if name.startswith(heavy)])\n"
        "assert made == thumbnail.cache_info().misses > 0\n"
    )
    assert said(code) == "[]"
