"""What the page asks for: start a run, do it again, go on with it, stop it. Each is a process of its own."""

from __future__ import annotations

import copy
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ui.session import run_list
from vit.training import config_file
from vit.training.process import launch
from vit.training.run import control, lock
from vit.training.run.files import RunError
from vit.training.run.status import Status, read_status
from vit.training.settings import Settings

SLOTS = int(os.environ.get("VIT_EXPLAINER_RUNS", "1"))  # how many runs may be at work at a time; 0: any number


def start(wanted: Settings, base: tuple[str, ...] = ()) -> str:
    """Start a run in a process of its own; returns its name. SettingsError or RunError say why it cannot be."""
    wanted.slots = SLOTS
    wanted.check()
    overrides = command(wanted, base)
    folder = launch.start(overrides, run_list.ROOT)
    return folder.relative_to(run_list.ROOT).as_posix()


def again(job: run_list.Job) -> str:
    """The same settings and the same seed in a new run: it begins with the very same weights."""
    return start(run_list.settings(job))


def get_ready() -> None:
    """Have a process ready for the next run, unless one is at work: it would wait for that one's end anyway."""
    if SLOTS == 0 or sum(job.active for job in run_list.everything()) < SLOTS:
        launch.get_ready()


def resume(job: run_list.Job) -> None:
    """Go on with a run that was stopped, from its last checkpoint."""
    launch.resume(job.folder)


def base_settings(base: tuple[str, ...]) -> Settings:
    """What ``base``, e.g. ``("preset=mnist-live", "data=mnist-10k")``, stands for; may be changed."""
    return copy.deepcopy(_composed(base))


@lru_cache(maxsize=64)
def _composed(base: tuple[str, ...]) -> Settings:
    """Hydra takes a tenth of a second or two, and the form asks for the same at every touch."""
    return config_file.compose(base)


def command(wanted: Settings, base: tuple[str, ...] = ()) -> list[str]:
    """``base`` and what differs from it, as ``python -m vit.train`` takes it."""
    before, after = _leaves(base_settings(base)), _leaves(wanted)
    return [*base, *(f"{key}={_written(value)}" for key, value in after.items() if value != before[key])]


def _written(value: object) -> str:
    return launch.quoted(value) if isinstance(value, str) else str(value).lower()


def _leaves(settings: Any, prefix: str = "") -> dict[str, object]:
    """Every setting by its dotted key."""
    found: dict[str, object] = {}
    for item in fields(settings):
        value = getattr(settings, item.name)
        found |= _leaves(value, f"{prefix}{item.name}.") if is_dataclass(value) else {f"{prefix}{item.name}": value}
    return found


def stop(job: run_list.Job) -> None:
    """Ask a run to stop, and see to it that it does: within two seconds its process is gone."""
    control.send(job.folder, "stop")
    threading.Thread(target=_see_it_stop, args=(job.folder,), daemon=True).start()


def _see_it_stop(folder: Path) -> None:
    """A process that still loads torch or pictures hears the request when it is done with that: kill it instead."""
    began = time.monotonic()
    while time.monotonic() - began < run_list.BIRTH:
        time.sleep(0.2)
        status = read_status(folder)
        if status and not status.active:
            return
        if status and status.state == "starting" and time.monotonic() - began > 1:
            with suppress(RunError, OSError):
                _kill(folder, status)


def _kill(folder: Path, status: Status) -> None:
    """End a process of this machine that holds its run's lock, so that its number is surely its own."""
    if status.host == socket.gethostname() and lock.held(folder):
        os.kill(status.pid, getattr(signal, "SIGKILL", signal.SIGTERM))  # Windows: SIGTERM ends a process at once
        time.sleep(0.2)
        status.state, status.message = "stopped", "Stopped before it began."
        status.write(folder)
        control.clear(folder)
