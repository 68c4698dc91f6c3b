"""Runs as the page sees them: which there are, how they are doing, what they have measured.

Everything lies in the run folders, so any number of sessions, reloads and restarts see the same. Knows no
torch: a training is a process of its own.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, fields
from math import isfinite
from pathlib import Path

import streamlit as st

from ui.session.choices import RUN
from vit.paths import RUNS
from vit.training import config_file
from vit.training.process import launch
from vit.training.run import listing
from vit.training.run.files import RunError
from vit.training.run.metrics import FILE as METRICS
from vit.training.run.metrics import read_metrics
from vit.training.run.status import ACTIVE, Status, read_status
from vit.training.run.status import FILE as STATUS
from vit.training.settings import Settings

ROOT = RUNS
STATES = (*ACTIVE, "finished", "stopped", "failed", "interrupted")
BIRTH = 120  # seconds a process may take until its first sign of life

Rows = list[dict[str, float | None]]


@dataclass(frozen=True)
class Job:
    """A run and what can be said about it: its ``status`` always makes sense, whatever lies in the folder."""

    name: str
    folder: Path
    status: Status

    @property
    def title(self) -> str:
        return listing.Run(self.folder, self.name, self.status).title

    @property
    def active(self) -> bool:
        return self.status.active


def find(name: str | None) -> Job | None:
    """The run called ``name`` in a link or a table; None if there is none."""
    if not name or not RUN.fullmatch(name) or not (ROOT / name).is_dir():
        return None
    folder = ROOT / name
    try:
        return Job(name, folder, _sensible(folder) or _without_status(folder))
    except OSError:  # deleted while we looked
        return None


def everything() -> list[Job]:
    """All runs that have shown a sign of life, the newest first."""
    return [job for run in listing.find_runs(ROOT) if (job := find(run.name))]


def _sensible(folder: Path) -> Status | None:
    """The run's status if every value is one that the engine may have written."""
    status = read_status(folder)
    if status is None or status.state not in STATES:
        return None
    words = ("state", "message", "data", "host")
    numbers = [getattr(status, item.name) for item in fields(Status) if item.name not in words]
    fine = all(isinstance(getattr(status, word), str) for word in words) and all(
        value is None or (type(value) in (int, float) and isfinite(value)) for value in numbers
    )
    needed = (status.progress, status.step, status.seconds, status.epoch)
    return status if fine and None not in needed else None


def _without_status(folder: Path) -> Status:
    """A run that has said nothing yet, or whose word cannot be read."""
    if (folder / STATUS).exists():
        return Status("failed", f"Its {STATUS} was edited beyond use: restore it, or delete the run.")
    if said := last_words(folder):
        return Status("failed", said)
    if time.time() - folder.stat().st_mtime < BIRTH:
        return Status("starting", "Starting a process of its own.")
    return Status("failed", f"Its process never gave a sign of life, and its folder has no {STATUS}.")


def last_words(folder: Path) -> str:
    """What a process that failed before its first status left behind: the last line it said."""
    with suppress(OSError):
        lines = (folder / launch.OUTPUT).read_text(encoding="utf-8", errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip() and line.strip() != str(folder)]
        return said[-1][:500] if said else ""
    return ""


def metrics(job: Job) -> Rows:
    """A row a step. RunError where somebody has edited the file beyond use."""
    file = job.folder / METRICS
    stamp = file.stat().st_mtime_ns if file.is_file() else 0
    return _metrics(str(job.folder), stamp)


@st.cache_resource(max_entries=32, show_spinner=False)  # read only, so nobody needs a copy of his own
def _metrics(folder: str, stamp: int) -> Rows:
    return read_metrics(Path(folder))


def settings(job: Job) -> Settings:
    """What the run trains with. RunError where its file cannot be used."""
    file = job.folder / config_file.FILE
    return _settings(str(job.folder), file.stat().st_mtime_ns if file.is_file() else 0)


@st.cache_data(max_entries=512, show_spinner=False)
def _settings(folder: str, stamp: int) -> Settings:
    return config_file.read(Path(folder))


def best_step(job: Job) -> int | None:
    """The judged step with the highest accuracy on held-out pictures (the lowest loss among equals)."""
    try:
        judged = [row for row in metrics(job) if row["held_out_accuracy"] is not None]
    except RunError:
        return None
    best = max(judged, key=lambda row: (row["held_out_accuracy"], -(row["held_out_loss"] or 0.0)), default=None)
    return int(best["step"] or 0) if best else None
