"""What all sessions share: the models, and one trace per (picture, model), bounded in bytes.

torch is imported only when the first model is asked for, after the page has drawn its first words.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import cachetools
import streamlit as st

from ui.model_thread import first_pass, on_model_thread

if TYPE_CHECKING:
    from ui.state import Picture
    from vit import Trace, ViT

# 1.25 GiB are 29 pictures at 224 px; a class of thirty, half with pictures of their own, has 24.
TRACE_BYTES = int(os.environ.get("VIT_EXPLAINER_TRACE_MB", "1280")) * 2**20
MODELS = 4


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
        return first_pass(lambda: model.trace(pixels))

    return trace


def get_trace(model_name: str, picture: Picture, side: int | None = None) -> Trace:
    """The trace of a picture through a model: computed once, however many people look at it.

    ``side``: the side in pixels of the square the model sees, None for its own size.
    """
    return _tracer()(model_name, picture, side)
