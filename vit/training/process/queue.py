"""At most so many runs at work at a time; the rest wait in their own processes, in the order they came.

There is no scheduler that could go down: a waiting run looks at the other runs' folders. A place is a lock
that the system takes back when its process ends, however it ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from vit.training.run import control
from vit.training.run.files import cannot_write
from vit.training.run.listing import find_runs
from vit.training.run.status import Status

_POLL = 0.3  # seconds
_SLOTS = ".slots"


def wait_for_slot(
    root: Path, folder: Path, slots: int, status: Status, watch: Callable[[Status], None]
) -> FileLock | None:
    """Wait until fewer than ``slots`` runs below ``root`` are at work; None if asked to stop meanwhile.

    Returns the slot's lock, which is free again when it is released or the process ends. ``status`` says
    ``queued`` and how many runs are ahead.
    """
    folder = folder.resolve()  # as ``find_runs`` names it, or a run would wait for itself
    try:
        (root / _SLOTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(root / _SLOTS, error) from None
    status.queued = time.time()
    while True:
        ahead = place_in_queue(root, folder, status)
        if ahead == 0 and (slot := _free_slot(root, slots)):
            return slot
        status.state = "queued"
        status.message = f"Waiting for a free place; {ahead} more waiting ahead." if ahead else "Next in the queue."
        status.write(folder)
        watch(status)
        if (request := control.take(folder)) and request.command == "stop":
            return None
        time.sleep(_POLL)


def place_in_queue(root: Path, folder: Path, status: Status) -> int:
    """How many runs have been waiting for longer. A run that goes on waits like a new one."""
    waiting = [run for run in find_runs(root) if run.status.state == "queued" and run.folder != folder]
    return sum((run.status.queued, str(run.folder)) < (status.queued, str(folder)) for run in waiting)


def _free_slot(root: Path, slots: int) -> FileLock | None:
    for number in range(slots):
        lock = FileLock(root / _SLOTS / f"{number}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        except OSError as error:
            raise cannot_write(root / _SLOTS, error) from None
        return lock
    return None
