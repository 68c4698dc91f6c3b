"""One run from beginning to end in this process: lock, queue, data, training, and how it ended, in the status."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from vit.errors import Refusal
from vit.training import config_file
from vit.training.process.queue import wait_for_slot
from vit.training.run import control, lock
from vit.training.run.files import RunError, cannot_write, sweep
from vit.training.run.listing import root_of
from vit.training.run.status import Status, read_status
from vit.training.settings import Settings

if TYPE_CHECKING:
    from vit.training.learn.engine import Trainer

Watch = Callable[[Status], None]


def train(settings: Settings, folder: Path, watch: Watch | None = None) -> Status:
    """Train into ``folder``, or go on there from the last state. Returns the last status.

    ``watch(status)`` is called about four times a second. RunError, DataError, SettingsError or
    CheckpointError say in one sentence why a run ended; the same sentence stands in its status.
    """
    watch = watch or (lambda status: None)
    if int(os.environ.get("RANK", "0")) > 0:  # the other processes of torchrun leave the folder to the first
        from vit.training.learn.engine import Trainer

        Trainer(settings, folder, Status(), watch).run()
        return Status(state="finished")
    _make(folder)
    held = lock.acquire(folder)
    sweep(folder)
    status = _first_status(folder)
    slot = None
    try:
        config_file.write(settings, folder)
        if settings.slots and not (slot := wait_for_slot(root_of(folder), folder, settings.slots, status, watch)):
            return _last_word(status, folder, watch, "stopped", "Stopped before it began.")
        status.state, status.message = "starting", "Loading torch and the pictures."
        status.write(folder)
        watch(status)
        trainer = _trainer(settings, folder, status, watch)
        with _Signals(trainer):
            trainer.run()
    except KeyboardInterrupt:
        _last_word(status, folder, watch, "failed", "Interrupted from the keyboard.")
        raise
    except Exception as error:
        sentence = str(error) if isinstance(error, Refusal) else f"{type(error).__name__}: {str(error)[:500]}"
        _last_word(status, folder, watch, "failed", sentence)
        raise
    finally:
        if slot:
            slot.release()
        with suppress(OSError):
            control.clear(folder)  # a request that no step has read is not meant for who goes on with the run
        held.release()
    return status


def resume(folder: Path, overrides: list[str] | None = None, watch: Watch | None = None) -> Status:
    """Go on with the run in ``folder`` exactly where its last state was; some settings may be changed."""
    settings = config_file.read(folder, overrides or [])
    if not (folder / "state.safetensors").is_file():
        raise RunError(f"{folder} has no state.safetensors: it had not come to its first checkpoint; start a new run.")
    return train(settings, folder, watch)


def _trainer(settings: Settings, folder: Path, status: Status, watch: Watch) -> Trainer:
    """Everything loaded and ready for the first step."""
    from vit.training.learn.engine import Trainer  # torch, which takes seconds: after the first sign of life

    trainer = Trainer(settings, folder, status, watch)
    status.message = ""
    return trainer


class _Signals:
    """Ctrl-C and a polite kill ask for a stop with a checkpoint; the second one is not polite any more."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._before: dict[int, Any] = {}  # a function, signal's own constants or None

    def __enter__(self) -> None:
        def ask(number: int, frame: FrameType | None) -> None:
            self._trainer.ask("stop")
            signal.signal(number, signal.SIG_DFL)

        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self._before[number] = signal.signal(number, ask)
            except ValueError:  # not the main thread: whoever runs us there asks through the folder
                return

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from None


def _first_status(folder: Path) -> Status:
    """A fresh status; a resumed run keeps what it had reached and its place among the runs."""
    old = read_status(folder)
    status = old or Status(started=time.time())
    status.state, status.message = "starting", ""
    return status


def _last_word(status: Status, folder: Path, watch: Watch, state: str, message: str) -> Status:
    status.state, status.message = state, message
    with suppress(RunError):  # a full disk: the exception that is on its way says so
        status.write(folder)
    watch(status)
    return status
