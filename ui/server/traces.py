"""What all sessions share: the models, and one trace per (picture, model), bounded in bytes.

Of a trace, the residual stream and what the heads of each block did are kept apart: of a picture that waits while
thirty others are looked at its residual stream stays, a quarter of the bytes, and the heads of the one block somebody
looks at are computed from it again. A hundred people with 58 pictures have room like that; with whole traces 272
passes were made for them, and one move of a slider in twenty took over seven seconds.

torch is imported only when the first model is asked for, after the page has drawn its first words.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary, ref

import cachetools
import streamlit as st

from ui.server.model_thread import crowded, first_pass, on_model_thread

if TYPE_CHECKING:
    from torch import Tensor

    from ui.session.choices import Picture
    from vit import Trace, ViT
    from vit.model.layout import TokenLayout
    from vit.model.trace import Attended
    from vit.serving.scripted_blocks import Replay

# Of 1 GiB, two thirds are for traces (58 of the bundled model), one for attention: 120 of its blocks.
TRACE_BYTES = int(os.environ.get("VIT_EXPLAINER_TRACE_MB", "1024")) * 2**20
MODELS = 4


@st.cache_resource(show_spinner=False)
def _replay() -> Replay:
    """For all models; used on the model thread only."""
    from vit.serving.scripted_blocks import Replay

    return Replay(worth=crowded)


@st.cache_resource(max_entries=MODELS, show_spinner=False)
def get_model(name: str) -> ViT:
    """The model called ``name``, loaded once and shared; CheckpointError if there is none."""

    def load() -> ViT:
        from vit import load_pretrained

        model = load_pretrained(name)
        model.replay = _replay()
        return model

    return on_model_thread(load)


class Kept(cachetools.LRUCache):
    """The traces used last, or what their heads did, in at most so many bytes.

    What had to go but is still on somebody's page is found again there: computing it anew would take
    time, and its memory twice.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(limit, getsizeof=lambda kept: kept.nbytes)
        self._alive: WeakValueDictionary[tuple, Trace | Attended] = WeakValueDictionary()

    def __setitem__(self, key: tuple, kept: Trace | Attended) -> None:
        self._alive[key] = kept
        with suppress(ValueError):  # larger than the whole cache: it lives as long as somebody holds it
            super().__setitem__(key, kept)

    def __missing__(self, key: tuple) -> Trace | Attended:
        self[key] = kept = self._alive[key]
        return kept


@st.cache_resource(show_spinner=False)
def _tracer() -> Callable[[str, Picture, int | None], Trace]:
    """The one function that traces, with its cache: a second person who asks for what is being traced waits for it."""
    traces, attention, lock = Kept(TRACE_BYTES * 2 // 3), Kept(TRACE_BYTES // 3), threading.Condition()

    # A page that looks at a trace holds its model too; if the trace did, forgotten models would stay in memory with it.
    def recall(model: ref[ViT], key: tuple, layout: TokenLayout, layer: int, resid_pre: Tensor) -> Attended:
        # Two people may compute the same at once. If one waited for the other, with the model thread as the
        # second, both would wait for ever.
        with lock, suppress(KeyError):
            return attention[(*key, layer)]
        attended = on_model_thread(lambda: model().attended(layer, resid_pre, layout))
        with lock:
            attention[(*key, layer)] = attended
        return attended

    def key_of(name: str, picture: Picture, side: int | None) -> tuple:
        return name, picture.key, side

    @cachetools.cached(traces, key=key_of, condition=lock)
    def trace(name: str, picture: Picture, side: int | None) -> Trace:
        from vit.serving.lean_trace import lean

        model = get_model(name)
        recipe = model.preprocessing.at(side, side) if side else model.preprocessing
        pixels = recipe(picture.image)
        key = key_of(name, picture, side)

        def seen() -> Trace:
            whole = model.trace(pixels)
            with lock:
                for layer, block in enumerate(whole.blocks):
                    attention[(*key, layer)] = block.attended
            return lean(whole, partial(recall, ref(model), key, whole.layout))

        return first_pass(seen)  # made lean there: fifty whole traces that wait for their pages were a gigabyte more

    return trace


def get_trace(model_name: str, picture: Picture, side: int | None = None) -> Trace:
    """The trace of a picture through a model: computed once, however many people look at it.

    ``side``: the side in pixels of the square the model sees, None for its own size.
    """
    return _tracer()(model_name, picture, side)
