"""``status.json``: what a run is doing just now, for whoever looks."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from vit.training.run.files import read_json, write_json
from vit.training.run.lock import held

FILE = "status.json"
ACTIVE = ("queued", "starting", "running", "paused")


@dataclass
class Status:
    """``state``: ``queued``, ``starting``, ``running``, ``paused``, ``finished``, ``stopped`` (asked to),
    ``failed`` (``message`` says why), or ``interrupted`` (its process is gone; it can be resumed).

    ``progress`` is 0 … 1; ``seconds`` of training without pauses, ``seconds_left`` an estimate;
    ``highest_lr``: to which the schedule rises, None for that of the settings.
    ``accuracy`` and ``best_accuracy`` are on the held-out pictures, None before the first evaluation.
    ``updated``, ``started`` and ``queued`` (when it began to wait for a place) are in seconds since 1970.
    """

    state: str = "starting"
    message: str = ""
    step: int = 0
    epoch: float = 0.0
    progress: float = 0.0
    seconds: float = 0.0
    seconds_left: float | None = None
    images_per_second: float | None = None
    lr: float | None = None
    highest_lr: float | None = None
    loss: float | None = None
    accuracy: float | None = None
    best_accuracy: float | None = None
    parameters: int | None = None
    data: str = ""
    pid: int = 0
    host: str = ""
    started: float = 0.0
    queued: float = 0.0
    updated: float = 0.0

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    def write(self, folder: Path) -> None:
        self.pid, self.host, self.updated = os.getpid(), socket.gethostname(), time.time()
        write_json(folder / FILE, asdict(self), durable=not self.active)


def read_status(folder: Path) -> Status | None:
    """The status of the run in ``folder``; None where there is none or it was edited beyond use.

    A run that says it is at work and whose process is gone is ``interrupted``.
    """
    status = _written(folder)
    if status is None or not status.active or held(folder):
        return status
    status = _written(folder)  # between the two looks its process may have written its last and ended
    if status is not None and status.active:
        status.state = "interrupted"
        status.message = "Its process ended without a word; it can be resumed from its last checkpoint."
    return status


def _written(folder: Path) -> Status | None:
    """What ``status.json`` says, whether or not it is still so."""
    value = read_json(folder / FILE)
    if value is None:
        return None
    known = {field.name for field in fields(Status)}
    return Status(**{key: entry for key, entry in value.items() if key in known})
