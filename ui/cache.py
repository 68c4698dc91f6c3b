"""What all sessions share: the models, and one trace per (picture, model), bounded in bytes.

torch is imported here and only when the first model is asked for, after the page has drawn its
first words. One thread runs every model: traces queue instead of fighting over the same cores,
and torch keeps a single pool of threads however many people are connected.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

import cachetools
import streamlit as st
from threadpoolctl import threadpool_limits

from ui import housekeeping

if TYPE_CHECKING:
    from ui.state import Picture
    from vit import Trace, ViT

T = TypeVar("T")
# 1.25 GiB are 29 pictures at 224 px; a class of thirty, half with pictures of their own, has 24.
TRACE_BYTES = int(os.environ.get("VIT_EXPLAINER_TRACE_MB", "1280")) * 2**20
MODELS = 4


@st.cache_resource(show_spinner=False)
def _worker() -> ThreadPoolExecutor:
    """The one thread that imports torch and runs models."""
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
    worker.submit(_warm_up).result()
    return worker


def _warm_up() -> None:
    # The cores are shared, with a browser, with other sessions, with a training. Threads that spin while they
    # wait for each other then take turns with what they wait for: small matrices were 30 times slower for it.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is imported
    import vit.pretrained  # noqa: F401  (torch and all of the model, once and here)

    threadpool_limits(1, user_api="blas")

    # A pass gives Python's lock away at each of its hundreds of steps, and waits a whole interval for every page that
    # is being drawn to get it back: with eight of them, and 5 ms, a pass took 24 s instead of under one; now 3 s.
    sys.setswitchinterval(0.0005)

    # Collecting garbage walks over every object there is; torch's million long-lived ones are left out of that.
    gc.collect()
    gc.freeze()


def wake() -> None:
    """Import torch, if this is the first time it is needed."""
    _worker()
    housekeeping.later()


def on_model_thread(work: Callable[[], T]) -> T:
    """Run ``work`` on the model thread and wait for it."""
    return _worker().submit(work).result()


@st.cache_resource(max_entries=MODELS, show_spinner=False)
def get_model(name: str) -> ViT:
    """The model called ``name``, loaded once and shared; CheckpointError if there is none."""

    def load() -> ViT:
        from vit import load_pretrained

        return load_pretrained(name)

    return on_model_thread(load)


class Traces(cachetools.LRUCache):
    """The traces used last, in at most ``TRACE_BYTES``.

    One that had to go but is still on somebody's page is found again there: computing it anew would take
    time, and its memory twice.
    """

    def __init__(self) -> None:
        super().__init__(TRACE_BYTES, getsizeof=lambda trace: trace.nbytes)
        self._alive: WeakValueDictionary[tuple, Trace] = WeakValueDictionary()

    def __setitem__(self, key: tuple, trace: Trace) -> None:
        self._alive[key] = trace
        super().__setitem__(key, trace)

    def __missing__(self, key: tuple) -> Trace:
        self[key] = trace = self._alive[key]
        return trace


@st.cache_resource(show_spinner=False)
def _tracer() -> Callable[[str, Picture, int | None], Trace]:
    """The one function that traces, with its cache: a second person who asks for what is being traced waits for it."""

    @cachetools.cached(
        Traces(), key=lambda name, picture, side: (name, picture.key, side), condition=threading.Condition()
    )
    def trace(name: str, picture: Picture, side: int | None) -> Trace:
        model = get_model(name)
        recipe = model.preprocessing.at(side, side) if side else model.preprocessing
        pixels = recipe(picture.image)
        return on_model_thread(lambda: model.trace(pixels))

    return trace


def get_trace(model_name: str, picture: Picture, side: int | None = None) -> Trace:
    """The trace of a picture through a model: computed once, however many people look at it.

    ``side``: the side in pixels of the square the model sees, None for its own size.
    """
    return _tracer()(model_name, picture, side)
