"""A server's work before anybody comes: the default picture is traced, its answer read, and it is not waited for."""

from __future__ import annotations

import asyncio
import threading

import pytest

from ui.parts.overview import head_start
from ui.server.traces import STORE
from ui.session.choices import DEFAULT_MODEL
from ui.session.samples import DEFAULT_PHOTO, sample_picture


def test_what_a_new_visitor_sees_is_prepared() -> None:
    STORE.clear()
    prepared = threading.Thread(target=head_start.prepare)
    prepared.start()
    prepared.join(120)
    assert not prepared.is_alive()
    assert (DEFAULT_MODEL, sample_picture(DEFAULT_PHOTO).key, None) in STORE.traces


def test_the_server_does_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes: here until the server has begun to answer."""
    answering = threading.Event()
    waited: list[bool] = []
    monkeypatch.setattr(head_start, "prepare", lambda: waited.append(answering.wait(60)))

    async def life() -> None:
        async with head_start.head_start(None):
            assert not waited
            answering.set()

    asyncio.run(life())
    for thread in threading.enumerate():
        if thread.name == "head start":
            thread.join(60)
    assert waited == [True]
