"""One process a run folder: the lock that its process holds, and that the system takes back when it dies."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from vit.training.run.files import RunError, cannot_write

FILE = "run.lock"
_PATIENCE = 1.0  # seconds; whoever only looks holds the lock for a moment


def acquire(folder: Path) -> FileLock:
    """Take the folder for this process until the lock is released or the process ends, however it ends.

    RunError while another process has it.
    """
    lock = FileLock(folder / FILE)
    try:
        lock.acquire(timeout=_PATIENCE)
    except Timeout:
        raise RunError(f"Another process is at work in {folder}: wait for it, or stop it first.") from None
    except OSError as error:
        raise cannot_write(folder / FILE, error) from None
    return lock


def held(folder: Path) -> bool:
    """Whether a living process has the folder."""
    if not (folder / FILE).exists():
        return False
    lock = FileLock(folder / FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:  # a folder that may only be read has no process of ours in it
        return False
    lock.release()
    return False
