"""Work that a server does before anybody comes: torch imported, the first page's picture traced and drawn; then, with
nothing else to do, the other samples.

The first visitor finds it done, or under way and waits for the rest. Nothing waits for it but what needs it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from ui.server import model_thread
from ui.server.waiting import has_no_session
from vit.errors import Refusal

if TYPE_CHECKING:
    from ui.session.picture import Picture
    from vit import Trace

SETTLED = 10.0  # seconds after the first picture is ready, when who came at once has seen it drawn
BETWEEN = 0.5  # seconds, in which whoever is there has the cores


@asynccontextmanager
async def head_start(_app: object) -> AsyncIterator[None]:
    """The server's life: work begins with it, in a thread of its own that ends with the process."""
    threading.Thread(target=_work, name="head start", daemon=True).start()
    yield


def _work() -> None:
    has_no_session()
    with suppress(OSError, Refusal):  # no place for what browsers fetch, no weights: pages say so
        prepare()
        prepare_frame()
        time.sleep(SETTLED)
        from ui.session.samples import DEFAULT_PHOTO, PHOTOS

        prepare_beside_others(name for name in PHOTOS if name != DEFAULT_PHOTO)


def prepare() -> None:
    """What the Overview shows of the default picture, in the stores that all sessions share."""
    import ui.shell.page  # noqa: F401  what a title needs, before torch takes Python's lock for seconds

    model_thread.start()
    from ui.server.traces import get_trace
    from ui.session.choices import DEFAULT_MODEL
    from ui.session.samples import DEFAULT_PHOTO, sample_picture

    picture = sample_picture(DEFAULT_PHOTO)
    _draw(picture, get_trace(DEFAULT_MODEL, picture))


def prepare_frame() -> None:
    """What stands around the picture, a tenth of a second for a first visitor: menus, thumbnails, models to choose."""
    from ui.parts.overview import answer, other_steps  # noqa: F401  what the page imports within its functions
    from ui.session.offered import without_network
    from ui.session.samples import PHOTOS
    from ui.shell import model_in_use, page_foot  # noqa: F401
    from ui.widgets.gallery import thumbnail

    without_network()
    for path in PHOTOS.values():
        thumbnail(str(path))


def prepare_beside_others(samples: Iterable[str]) -> None:
    """The same of these samples, one at a time, whenever nobody waits for the model thread, and while half of the room
    for traces is left to pictures that somebody looks at."""
    from ui.server.traces import STORE
    from ui.session.choices import DEFAULT_MODEL
    from ui.session.samples import sample_picture

    for sample in samples:
        time.sleep(BETWEEN)
        while model_thread.model_thread().waiting():
            time.sleep(BETWEEN)
        if STORE.traces.half_full:
            return
        picture = sample_picture(sample)
        with model_thread.one_run(model_thread.MORE_PASSES):
            if trace := STORE.prepare(DEFAULT_MODEL, picture):
                _draw(picture, trace)


def _draw(picture: Picture, trace: Trace) -> None:
    from ui.parts.overview.whole_model import ways_file  # and with it all that the first page imports
    from ui.server import results
    from ui.server.models import get_model
    from ui.session.choices import DEFAULT_MODEL

    key = DEFAULT_MODEL, picture.key, str(None)
    model = get_model(DEFAULT_MODEL)
    results.unlikeness(key, model, trace)
    results.logit_lens(key, model, trace)
    ways_file(key, trace, model)
