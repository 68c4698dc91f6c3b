"""Write a file so that a reader, or a crash, meets the old one or the new one and never half of it."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vit.errors import Refusal


class RunError(Refusal, RuntimeError):
    """A run that cannot go on, or cannot be read; its message is one sentence that says why and what to do."""


def replace_file(path: Path, write: Callable[[Path], object], *, durable: bool = True) -> None:
    """Let ``write`` fill a file next to ``path``, then put it in its place in one step.

    ``durable`` waits until it is on the disk: for what must survive a power cut, not for a status that is
    written four times a second. RunError where the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        if durable:
            sync(temporary)
        os.replace(temporary, path)
        if durable:
            sync(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        temporary.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what a process that was killed while it wrote has left half done; by the one that holds the lock.

    What others write into a run, requests and a title, may just be on its way and stays.
    """
    for path in folder.rglob(".*.tmp"):
        if path.name.startswith((".control.json.", ".title.txt.")):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file, or the list of names in a folder, is on the disk."""
    if os.name == "nt" and path.is_dir():  # Windows opens no folders
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    text = json.dumps(value, indent=1)
    replace_file(path, lambda file: file.write_text(text, encoding="utf-8"), durable=durable)


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object; None where there is no such file, or none that holds one."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def cannot_write(path: Path, error: OSError) -> RunError:
    """The sentence for a file that could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return RunError(f"The disk is full: {path} could not be written. Make room, then resume the run.")
    reason = error.strerror or str(error).split("\n")[0]
    return RunError(f"{path} could not be written ({reason}): check the folder's rights and its disk.")
