"""Garbage is collected beside the pages, not after each of them.

A page that has run leaves rings of objects behind (its module, its functions, its figures), which hold
pictures and traces. Streamlit collects such garbage after every run, which took a third of a page's time;
``.streamlit/config.toml`` turns that off, and here it is done once for all runs of two seconds, or of
so many more that it takes a thirtieth of the time at most: with a hundred people there is much to walk over.
"""

from __future__ import annotations

import gc
import threading
import time

import streamlit as st

PAUSE = 2.0  # seconds
SHARE = 1 / 30  # of the time, at most


@st.cache_resource(show_spinner=False)
def _wanted() -> threading.Event:
    """Set while there may be garbage; the thread that collects it starts with the first."""
    wanted = threading.Event()
    threading.Thread(target=_sweep, args=(wanted,), name="housekeeping", daemon=True).start()
    return wanted


def _sweep(wanted: threading.Event) -> None:
    took = 0.0
    while True:
        wanted.wait()
        time.sleep(max(PAUSE, took / SHARE))
        wanted.clear()
        began = time.perf_counter()
        gc.collect()
        took = time.perf_counter() - began


def later() -> None:
    """See to what this run leaves behind, when it has finished."""
    _wanted().set()
