"""Ask a running training to pause, go on, do one step, stop, or learn at another rate.

Whoever watches writes ``control.json`` into the run folder; the engine looks for it at every step. Each
request has a number of its own, so one step is asked for once however often the file is read.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from vit.training.files import RunError, read_json, write_json

FILE = "control.json"
COMMANDS = ("run", "pause", "step", "stop")


@dataclass(frozen=True)
class Request:
    """``command`` is one of ``COMMANDS``; ``lr`` the rate to learn at from now on, None for the old one."""

    command: str
    lr: float | None = None


def send(folder: Path, command: str, lr: float | None = None) -> None:
    """Ask the run in ``folder``. A ``lr`` goes with any command, with ``run`` if nothing else is wanted."""
    if command not in COMMANDS:
        raise RunError(f"{command!r} cannot be asked of a run: choose one of {', '.join(COMMANDS)}.")
    if lr is not None and not 0 <= lr <= 1_000_000:
        raise RunError(f"A rate of {lr} is not possible: take 0 or more.")
    write_json(folder / FILE, {"command": command, "lr": lr, "number": time.time_ns()}, durable=False)


class Inbox:
    """What has been asked since last time. Looking costs one ``stat`` while nothing is."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.path.unlink(missing_ok=True)  # a request to an earlier process on this folder
        self._seen: tuple[int, int] | None = None
        self._number: int | None = None

    def read(self) -> Request | None:
        """The newest request that has not been read, None if there is none or it makes no sense."""
        try:
            state = os.stat(self.path)
        except OSError:
            return None
        if (state.st_mtime_ns, state.st_ino) == self._seen:
            return None
        self._seen = (state.st_mtime_ns, state.st_ino)
        value = read_json(self.path) or {}
        number, command, lr = value.get("number"), value.get("command"), value.get("lr")
        sensible = lr is None or (isinstance(lr, (int, float)) and 0 <= lr <= 1_000_000)
        if number == self._number or command not in COMMANDS or not sensible:
            return None
        self._number = number
        return Request(command, lr)
