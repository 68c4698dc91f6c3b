"""Start a training in a process of its own, which goes on when the one that started it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from vit.paths import PACKAGES, RUNS
from vit.training.config_file import compose
from vit.training.run import control, lock
from vit.training.run.files import RunError
from vit.training.run.listing import new_folder
from vit.training.run.status import Status, read_status

OUTPUT = "output.log"
PATIENCE = 600.0  # seconds that a process waits for its order


def start(overrides: Sequence[str], root: Path = RUNS) -> Path:
    """Train with ``overrides`` (``["preset=mnist-live", "model.depth=8", "slots=1"]``); returns the run folder.

    SettingsError, naming the key, before anything is started.
    """
    compose(overrides)
    folder = new_folder(root)
    _order([*overrides, f"hydra.run.dir={quoted(folder)}"], folder)
    return folder


def resume(folder: Path, overrides: Sequence[str] = ()) -> None:
    """Go on with a run that was stopped or interrupted. RunError if it is at work."""
    if lock.held(folder):
        raise RunError(f"Another process is at work in {folder}: wait for it, or stop it first.")
    control.clear(folder)
    _order(["--resume", str(folder), *overrides], folder)


def quoted(value: object) -> str:
    """A value for Hydra's command line, whatever characters it holds."""
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


class _Waiting:
    """The one process that imports torch ahead of its order; it is let go after ``PATIENCE`` without one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._timer: threading.Timer | None = None

    def begin(self) -> None:
        """See to it that there is one."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._process = _born()
            if self._timer:
                self._timer.cancel()
            self._timer = threading.Timer(PATIENCE, self.end)
            self._timer.daemon = True
            self._timer.start()

    def take(self) -> subprocess.Popen[bytes] | None:
        """The process, which is the caller's now; None if there is none."""
        with self._lock:
            process, self._process = self._process, None
        return process if process and process.poll() is None else None

    def end(self) -> None:
        """Let it go."""
        if (process := self.take()) and process.stdin:
            process.stdin.close()


_waiting = _Waiting()


def get_ready() -> None:
    """Have a process import torch now, so that the next run begins at once. At most one waits at a time; none where
    the system has no room for one."""
    with suppress(OSError):
        _waiting.begin()


def _born(output: IO[bytes] | int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "vit.training.process.worker"],
        cwd=PACKAGES,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )
    # Somebody has to ask how it ended, or it stays in the table of processes for as long as we live.
    threading.Thread(target=process.wait, daemon=True).start()
    return process


def _order(arguments: list[str], folder: Path) -> None:
    """Give the arguments to the waiting process, or to a new one. RunError where neither can be."""
    path = (folder / OUTPUT).resolve()
    line = json.dumps({"arguments": arguments, "output": str(path)}).encode() + b"\n"
    before = read_status(folder)
    for _ in range(2):  # the one that waited may have been killed just now
        try:
            with suppress(BrokenPipeError), path.open("ab") as output:
                process = _waiting.take() or _born(output)
                _tell(process, line)
                threading.Thread(target=_once_more_if_lost, args=(process, line, folder, before), daemon=True).start()
                return
        except OSError as error:
            raise RunError(f"No process could be started to train in {folder}: {error.strerror}.") from None
    raise RunError("The process that should train ended at once: is there enough memory?")


def _tell(process: subprocess.Popen[bytes], line: bytes) -> None:
    assert process.stdin, "it was started with an input of its own"
    process.stdin.write(line)
    process.stdin.close()


def _once_more_if_lost(process: subprocess.Popen[bytes], line: bytes, folder: Path, before: Status | None) -> None:
    """A process that is being killed still takes an order: where it began nothing with it, a new one gets it."""
    if process.wait() < 0 and read_status(folder) == before:
        with suppress(OSError), (folder / OUTPUT).open("ab") as output:
            _tell(_born(output), line)
