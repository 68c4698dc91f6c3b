"""One trace per picture, model and resolution, shared by all sessions, bounded in bytes.

Of a trace, the residual stream and what the heads of each block did are kept apart: of a picture that waits while
others are looked at its residual stream stays, a quarter of the bytes, and the heads of the one block somebody looks
at are computed from it again.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import cachetools

from ui.server.model_thread import NEW_PICTURE, on_model_thread
from ui.server.models import get_model
from ui.server.result_store import ResultStore
from ui.server.shared import bytes_in

if TYPE_CHECKING:
    from torch import Tensor

    from ui.session.picture import Picture
    from vit import Trace
    from vit.model.layout import TokenLayout
    from vit.model.trace import Attended
    from vit.pictures.preprocess import Side

# Of 1 GiB, four fifths are for traces (69 of the bundled model: a class of a hundred, half with pictures of their own),
# one for attention: 72 of its blocks.
TRACE_BYTES = int(os.environ.get("VIT_EXPLAINER_TRACE_MB", "1024")) * 2**20
PIXEL_BYTES = 16 * 2**20
SEEN = 4096  # traces that are known to have been on a screen
Key = tuple[str, str, "Side"]  # model, picture, side in pixels


class _UnreadError(Exception):
    """A trace has to be computed whose picture has not been read."""


class TraceStore:
    """Traces by key. A trace of it knows its key, and by that its model, loaded again where it had to go."""

    def __init__(self, limit: int = TRACE_BYTES) -> None:
        """``limit``: bytes of all traces together, their attention included."""
        self.traces: ResultStore[Trace] = ResultStore(limit * 4 // 5, bytes_in, on_model_thread=True)
        self.attention: ResultStore[Attended] = ResultStore(limit // 5, bytes_in, on_model_thread=True)
        self._seen: cachetools.LRUCache[Key, None] = cachetools.LRUCache(SEEN)
        self._pixels: ResultStore[Tensor] = ResultStore(PIXEL_BYTES, bytes_in, on_model_thread=False)

    def get(self, model_name: str, picture: Picture, side: Side) -> Trace:
        """The trace of a picture; ``side``: of what the model sees, None for its own size.

        A picture that somebody brings waits for what others do with theirs, once: if its trace had to go, who looks at
        it stands in the middle of a page. Samples do not, they are few, and what a newcomer sees first.
        """
        key = (model_name, picture.key, side)
        patience = 0.0 if picture.sample or key in self._seen else NEW_PICTURE
        while True:
            pixels = None if key in self.traces else self.pixels(model_name, picture, side)  # beside the model thread
            with suppress(_UnreadError):  # the trace was there a moment ago
                return self.traces.get(key, partial(self._trace, key, pixels), patience)

    def prepare(self, model_name: str, picture: Picture) -> Trace | None:
        """The whole trace of a picture that nobody has looked at yet, None of another. Kept is the lean one alone: what
        its heads did would take the place of what others look at."""
        key = (model_name, picture.key, None)
        if key in self.traces:
            return None
        pixels = self.pixels(model_name, picture, None)
        whole: Trace = on_model_thread(lambda: get_model(model_name).trace(pixels))
        self.traces.put(key, self._lean(key, whole))
        return whole

    def pixels(self, model_name: str, picture: Picture, side: Side) -> Tensor:
        """The picture as the model wants it: (1, c, height, width)."""

        def read() -> Tensor:
            return picture.pixels(get_model(model_name).preprocessing.for_side(side))

        return self._pixels.get((model_name, picture.key, side), read)

    def attention_of(self, key: Key, layout: TokenLayout, layer: int, resid_pre: Tensor) -> Attended:
        """What the heads of one block did, computed again from its residual stream (b, n, d) where it had to go."""
        return self.attention.get((*key, layer), lambda: get_model(key[0]).attention_of(layer, resid_pre, layout))

    def clear(self) -> None:
        """Forget all traces."""
        self.traces.clear()
        self.attention.clear()
        self._pixels.clear()

    def _trace(self, key: Key, pixels: Tensor | None) -> Trace:
        """On the model thread. Made lean there: whole traces that wait for their pages would be a gigabyte."""
        if pixels is None:
            raise _UnreadError
        whole = get_model(key[0]).trace(pixels)
        self._seen[key] = None
        for layer, block in enumerate(whole.blocks):
            self.attention.put((*key, layer), block.attended)
        return self._lean(key, whole)

    def _lean(self, key: Key, whole: Trace) -> Trace:
        from vit.serving.lean_trace import lean

        return lean(whole, partial(self.attention_of, key, whole.layout))


STORE = TraceStore()


def get_trace(model_name: str, picture: Picture, side: Side = None) -> Trace:
    """The trace of a picture through a model: computed once, however many people look at it."""
    return STORE.get(model_name, picture, side)


def get_pixels(model_name: str, picture: Picture, side: Side = None) -> Tensor:
    """A picture as a model wants it, (1, c, height, width): read once, however many people look at it."""
    return STORE.pixels(model_name, picture, side)
