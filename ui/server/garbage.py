"""Garbage is collected beside the pages, not after each run of one.

A run leaves reference cycles behind (its functions, its figures), which hold pictures and traces. Streamlit would
collect them after every run, which takes longer than many pages; ``.streamlit/config.toml`` turns that off, and here
it is done once for all runs of ``PAUSE`` seconds, or of so many more that it takes ``SHARE`` of the time at most.
"""

from __future__ import annotations

import gc
import threading
import time

from ui.server.once import once

PAUSE = 2.0  # seconds
SHARE = 1 / 30


@once
def _wanted() -> threading.Event:
    """Start the collecting thread; the event that is returned is set while there may be garbage."""
    wanted = threading.Event()
    threading.Thread(target=_collect_when_wanted, args=(wanted,), name="garbage", daemon=True).start()
    return wanted


def _collect_when_wanted(wanted: threading.Event) -> None:
    seconds = 0.0
    while True:
        wanted.wait()
        time.sleep(max(PAUSE, seconds / SHARE))
        wanted.clear()
        began = time.perf_counter()
        gc.collect()
        seconds = time.perf_counter() - began


def collect_soon() -> None:
    """Have what this run leaves behind collected after it."""
    _wanted().set()
