"""Start a training in a process of its own, which goes on when the one that started it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from vit.training import lock
from vit.training.config_file import compose
from vit.training.files import RunError
from vit.training.runs import ROOT, new_folder

OUTPUT = "output.log"
_PROJECT = Path(__file__).resolve().parents[2]


def start(overrides: Sequence[str], root: Path = ROOT) -> Path:
    """Train with ``overrides`` (``["preset=mnist-live", "model.depth=8", "slots=1"]``); returns the run folder.

    SettingsError, naming the key, before anything is started.
    """
    compose(overrides)
    folder = new_folder(root)
    _spawn([*overrides, f"hydra.run.dir={quoted(folder)}"], folder)
    return folder


def resume(folder: Path, overrides: Sequence[str] = ()) -> None:
    """Go on with a run that was stopped or interrupted. RunError if it is at work."""
    if lock.held(folder):
        raise RunError(f"Another process is at work in {folder}: wait for it, or stop it first.")
    _spawn(["--resume", str(folder), *overrides], folder)


def quoted(value: object) -> str:
    """A value for Hydra's command line, whatever characters it holds."""
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def _spawn(arguments: list[str], folder: Path) -> None:
    command = [sys.executable, "-m", "vit.train", *arguments]
    with (folder / OUTPUT).open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=_PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    # Somebody has to ask how it ended, or it stays in the table of processes for as long as we live.
    threading.Thread(target=process.wait, daemon=True).start()
