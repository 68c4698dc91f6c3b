"""One large file of the Hub → the Hub's cache on this disk, going on where an earlier download stopped.

``huggingface_hub.hf_hub_download`` starts a file over when it is interrupted. Here what has arrived stays
in the cache's ``blobs`` folder as ``<etag>.partial``; a whole file is renamed to ``<etag>``, where
``hf_hub_download`` finds it. That layout is documented in huggingface_hub's guide "Understand caching".
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from vit.checkpoints.files import CheckpointError

SECONDS = 15  # how long the Hub may be silent before it counts as out of reach
CHUNK = 2**20  # bytes between two reports
ATTEMPTS = 5  # connections in a row that bring nothing before a download fails
PAUSE = 1.0  # seconds between two connections
Report = Callable[[int], None]


@contextmanager
def connection() -> Iterator[None]:
    """Turn what the HTTP library raises into ConnectionError: huggingface_hub lets its errors through, and which
    library it is depends on its version. Its own errors (HfHubHTTPError …) are OSErrors and pass."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise ConnectionError(type(error).__name__) from error


def fetch(hub_id: str, name: str, blobs: Path, report: Report) -> None:
    """The file ``name`` of a model, whole, in the cache's folder ``blobs``.

    ``report(bytes)`` is called with how much of it is there; an exception it raises stops the download.
    CheckpointError for a file that arrives damaged, OSError for a failing connection or disk.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(hub_id, name)
    with connection():
        about = get_hf_file_metadata(url, timeout=SECONDS)
    etag, size = str(about.etag), about.size
    if size is None or not re.fullmatch(r"[\w.-]*\w", etag, re.ASCII):
        raise CheckpointError(f"The Hub gives {name} of {hub_id} no size, or a name ({etag}) that no file can have.")
    blobs.mkdir(parents=True, exist_ok=True)
    partial = blobs / f"{etag}.partial"
    with _locked(partial, report):
        if not (blobs / etag).exists():
            _append(url, partial, size, report)
            if not _is_whole(partial, etag, size):
                partial.unlink()
                raise CheckpointError(
                    f"{name} of {hub_id} arrived damaged and was thrown away: start the download again."
                )
            partial.replace(blobs / etag)


@contextmanager
def _locked(partial: Path, report: Report) -> Iterator[None]:
    """Hold a file for this thread; while another one fetches it, report its progress."""
    lock: BaseFileLock = FileLock(f"{partial}.lock", mode=0o664)  # for every user of a shared cache
    while True:
        try:
            lock.acquire(timeout=1)
            break
        except Timeout:
            report(partial.stat().st_size if partial.exists() else 0)
    try:
        yield
    finally:
        lock.release()


def _append(url: str, partial: Path, size: int, report: Report) -> None:
    """Fetch what ``partial`` lacks of ``size`` bytes; a connection that breaks is made anew."""
    partial.touch()
    attempts = 0
    with partial.open("r+b") as file:
        while (start := file.seek(0, os.SEEK_END)) < size:
            if attempts == ATTEMPTS:
                raise ConnectionError("the Hub sends nothing")
            with suppress(ConnectionError):
                for offset, chunk in _stream(url, start):
                    file.seek(offset)
                    file.write(chunk)
                    file.flush()  # who waits for the same file sees its size
                    report(file.tell())
            if file.seek(0, os.SEEK_END) > start:
                attempts = 0
            else:
                attempts += 1
                time.sleep(PAUSE)


def _stream(url: str, start: int) -> Iterator[tuple[int, bytes]]:
    """(offset, bytes) of a file from byte ``start`` on; from 0 where a server sends whole files only."""
    from huggingface_hub import get_session, get_token, hf_raise_for_status

    headers = {"Accept-Encoding": "identity"}  # compressed, the bytes could not be counted
    if start:
        headers["Range"] = f"bytes={start}-"
    if (token := get_token()) and not os.environ.get("HF_HUB_DISABLE_IMPLICIT_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    with connection(), get_session().stream("GET", url, headers=headers, timeout=SECONDS) as response:
        hf_raise_for_status(response)
        offset = start if response.status_code == 206 else 0  # 206 Partial Content: the range that was asked for
        for chunk in response.iter_bytes(CHUNK):
            yield offset, chunk
            offset += len(chunk)


def _is_whole(file: Path, etag: str, size: int) -> bool:
    """Whether all of a file came as it was promised: large files are named by their SHA-256."""
    if file.stat().st_size != size:
        return False
    if len(etag) != 64:
        return True
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest() == etag
