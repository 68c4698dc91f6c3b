"""Ask a training to pause, go on, do one step, stop, or learn at another rate.

Whoever watches writes ``control.json`` into the run folder; the engine looks for it at every step. A request
may be made at any time from the moment the folder is there: one that comes before the process is ready waits
for it. Taking a request removes it, so one step is asked for once.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vit.training.run.files import RunError, read_json, write_json

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
    write_json(folder / FILE, {"command": command, "lr": lr}, durable=False)


def clear(folder: Path) -> None:
    """Forget what nobody took: it was meant for a process that has ended."""
    (folder / FILE).unlink(missing_ok=True)


def take(folder: Path) -> Request | None:
    """The newest request, which is then gone; None if there is none or it makes no sense.

    The file is moved away before it is read: a request written at this very moment is not lost, but the next.
    Looking costs one call to the system while nothing is asked.
    """
    taken = folder / f".{FILE}.taken"
    try:
        os.replace(folder / FILE, taken)
    except OSError:
        return None
    value = read_json(taken) or {}
    taken.unlink(missing_ok=True)
    command, lr = value.get("command"), value.get("lr")
    sensible = lr is None or (isinstance(lr, (int, float)) and 0 <= lr <= 1_000_000)
    return Request(command, lr) if command in COMMANDS and sensible else None
