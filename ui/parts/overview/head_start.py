"""Work that a server does before anybody comes: torch imported, the first page's picture traced and drawn.

The first visitor finds it done, or under way and waits for the rest. Nothing waits for it but what needs it.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ui.server import model_thread
from ui.server.waiting import has_no_session


@asynccontextmanager
async def head_start(_app: object) -> AsyncIterator[None]:
    """The server's life: work begins with it, in a thread of its own that ends with the process."""
    threading.Thread(target=prepare, name="head start", daemon=True).start()
    yield


def prepare() -> None:
    """What the Overview shows of the default picture, in the stores that all sessions share."""
    has_no_session()
    import ui.shell.page  # noqa: F401  what a title needs, before torch takes Python's lock for seconds

    model_thread.start()
    from ui.parts.overview.whole_model import ways_file  # and with it all that the first page imports
    from ui.server import results
    from ui.server.models import get_model
    from ui.server.traces import get_trace
    from ui.session.choices import DEFAULT_MODEL
    from ui.session.samples import DEFAULT_PHOTO, sample_picture

    picture = sample_picture(DEFAULT_PHOTO)
    key = DEFAULT_MODEL, picture.key, str(None)
    model, trace = get_model(DEFAULT_MODEL), get_trace(DEFAULT_MODEL, picture)
    results.unlikeness(key, model, trace)
    results.logit_lens(key, model, trace)
    ways_file(key, trace, model)
