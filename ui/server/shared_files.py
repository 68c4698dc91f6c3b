"""Files for browsers to fetch: one a picture and model, shared by all sessions, bounded in bytes.

Streamlit serves the ``static`` folder beside ``app.py`` (``server.enableStaticServing``). A payload
put there is fetched once by each browser that needs it and held in no session's memory, where
component data would cost its full size a session and be hashed anew on every rerun. Names are keyed
hashes, so nobody can guess the address of another person's picture.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vit.paths import STATIC
from vit.whole_files import write_whole

if TYPE_CHECKING:
    from vit import Trace

FOLDER = STATIC / "cache"
LIMIT = 512 * 2**20
# Streamlit packs what it sends with gzip, anew for every browser: a second of a core here, to save a fifth of the
# bytes. Only types known to be packed already are sent as they are; so these files have a type of such a kind.
SUFFIX = ".numbers"
mimetypes.add_type("video/x-numbers", SUFFIX)
KEY = secrets.token_bytes(32)  # this process's own: names cannot be worked out from a picture


def fingerprint(trace: Trace, key: bytes = KEY) -> str:
    """A name for this trace's attention that only a holder of ``key`` can work out.

    Pixels in and tokens out stand for all that lies between: another model, or the same one with
    other weights, gives other tokens. A millisecond, where hashing the patterns would take many.
    """
    digest = hashlib.blake2b(key=key, digest_size=20)
    for tensor in (trace.pixels, trace.final):
        digest.update(np.ascontiguousarray(tensor.numpy()).data)
    return digest.hexdigest()


def share(name: str, make: Callable[[], bytes]) -> str:
    """The address, relative to the app's, under which the bytes of ``make()`` can be fetched.

    ``make`` is called only if there is no such file yet; the least recently used files go when
    there are too many. A browser that finds its file gone asks again, which makes it anew. OSError
    if the folder cannot be written.
    """
    path = FOLDER / f"{name}{SUFFIX}"
    try:
        # Used now, and unchanged: a browser that has fetched part of it goes on where it stopped.
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
    except FileNotFoundError:
        data = make()
        write_whole(path, lambda file: file.write_bytes(data))
        _make_room(keep=path)
    return f"app/static/{FOLDER.name}/{path.name}"


def _make_room(keep: Path) -> None:
    """Delete the least recently used files until the rest fit; another thread may be doing the same."""
    files = []
    for path in FOLDER.iterdir():
        try:
            files.append((path.stat().st_atime, path.stat().st_size, path))
        except FileNotFoundError:
            continue
    files.sort(reverse=True)
    total = 0
    for _, size, path in files:
        total += size
        if total > LIMIT and path != keep:
            path.unlink(missing_ok=True)
