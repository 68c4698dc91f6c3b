"""A server's work before anybody comes: the default picture is traced, its answer read, and it is not waited for."""

from __future__ import annotations

import asyncio
import threading

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


def test_the_server_does_not_wait_for_it() -> None:
    async def life() -> list[str]:
        async with head_start.head_start(None):
            return [thread.name for thread in threading.enumerate()]

    assert "head start" in asyncio.run(life())
