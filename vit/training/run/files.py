"""A run's files: written whole or not at all, read so that what is damaged is said in a sentence."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vit.errors import Refusal
from vit.whole_files import write_whole


class RunError(Refusal, RuntimeError):
    """A run that cannot go on, or cannot be read; its message is one sentence that says why and what to do."""


def replace_file(path: Path, write: Callable[[Path], object], *, durable: bool = True) -> None:
    """A run's file, written whole or not at all (:func:`vit.whole_files.write_whole`).

    ``durable``: for what must survive a power cut, not for a status that is written four times a second. RunError
    where the disk is full or the folder cannot be written.
    """
    try:
        write_whole(path, write, durable=durable)
    except OSError as error:
        raise cannot_write(path, error) from None


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
