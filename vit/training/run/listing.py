"""Find, describe, rename, pack and delete runs. Everything is read from their folders; no torch is needed."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from vit.paths import RUNS
from vit.training.run.files import RunError, cannot_write, replace_file
from vit.training.run.metrics import read_metrics
from vit.training.run.status import Status, read_status

TITLE = "title.txt"
MODELS = ("best", "last")
PACKED_BYTES = 256 * 2**20  # what a packed run may take, before it is packed
UNPACKED = ("run.lock", "control.json")
DISPENSABLE = (
    ("checkpoints/step-", "the series of checkpoints"),
    ("state.safetensors", "the state to go on from"),
    ("checkpoints/last", "the last model (the best is in)"),
)


@dataclass(frozen=True)
class Run:
    """One run: ``name`` is its path below the root of all runs, ``2025-09-25/21-04-19``, or ``…-sweep/3``."""

    folder: Path
    name: str
    status: Status

    @property
    def title(self) -> str:
        """What a person called it, its name where nobody did."""
        try:
            return (self.folder / TITLE).read_text(encoding="utf-8").strip()[:100] or self.name
        except (OSError, UnicodeDecodeError):
            return self.name

    @property
    def model(self) -> Path | None:
        """The folder of its best model, else its last; None before the first checkpoint."""
        folders = (self.folder / "checkpoints" / name for name in MODELS)
        return next((folder for folder in folders if (folder / "config.json").is_file()), None)


def find_runs(root: Path = RUNS) -> list[Run]:
    """All runs below ``root``, the members of sweeps too, the newest first. Damaged folders are left out."""
    folders = [file.parent for file in (*root.glob("*/*/status.json"), *root.glob("*/*/*/status.json"))]
    found = [
        Run(folder, folder.relative_to(root).as_posix(), status)
        for folder in folders
        if (status := read_status(folder))
    ]
    return sorted(found, key=lambda run: (run.status.started, run.name), reverse=True)


def open_run(name_or_folder: str | Path, root: Path = RUNS) -> Run:
    """One run by its folder, its name below ``root``, or ``latest``. RunError if there is none."""
    if str(name_or_folder) == "latest":
        runs = [run for run in find_runs(root) if run.model]
        if not runs:
            raise RunError(f"There is no run with a model in {root}: train one with `python -m vit.train`.")
        return runs[0]
    for folder in (Path(name_or_folder), root / name_or_folder):
        if status := read_status(folder):
            return Run(folder, str(name_or_folder), status)
    raise RunError(f"{name_or_folder} is no run: give its folder, its name as listed, or latest.")


def root_of(folder: Path) -> Path:
    """The folder of all runs in which this one lies: ``<root>/<date>/<time>``, or ``<root>/<date>/<time>-sweep/3``."""
    folder = folder.resolve()
    return folder.parents[2 if folder.parent.name.endswith("-sweep") else 1]


def rename(run: Run, title: str) -> None:
    """Call the run something else; its folder keeps its name, so nothing that points at it breaks."""
    text = " ".join(title.split())[:100]
    replace_file(run.folder / TITLE, lambda file: file.write_text(text, encoding="utf-8"))


def delete(run: Run) -> None:
    """Remove a run's folder for good. RunError while it is at work, or for a folder that is no run."""
    status = read_status(run.folder)
    if status is None:
        raise RunError(f"{run.folder} is no run: nothing was deleted.")
    if status.active:
        raise RunError(f"{run.title} is at work: stop it before deleting it.")
    root = root_of(run.folder)
    try:
        shutil.rmtree(run.folder)
        for parent in run.folder.resolve().parents:
            if parent == root or any(parent.iterdir()):
                break
            parent.rmdir()
    except OSError as error:
        raise cannot_write(run.folder, error) from None


def contents(run: Run, most: int = PACKED_BYTES) -> tuple[list[Path], list[str]]:
    """The files of a run that are packed, and what is left behind where all take more than ``most`` bytes.

    Dispensable first: the series of checkpoints, the state to go on from, the last model beside the best.
    """
    files = {}
    for path in sorted(run.folder.rglob("*")):
        inside = path.relative_to(run.folder)
        with suppress(FileNotFoundError):  # a run at work replaces its files
            if path.is_file() and inside.name not in UNPACKED and not any(p.startswith(".") for p in inside.parts):
                files[path] = (inside.as_posix(), path.stat().st_size)
    left_behind = []
    for start, words in DISPENSABLE:
        if sum(size for _, size in files.values()) <= most:
            break
        kept = {path: named for path, named in files.items() if not named[0].startswith(start)}
        if len(kept) < len(files):
            left_behind.append(words)
        files = kept
    if sum(size for _, size in files.values()) > most:
        raise RunError(f"{run.title} is too large to be packed: copy its folder {run.folder}.")
    return list(files), left_behind


def pack(run: Run, target: Path, most: int = PACKED_BYTES) -> None:
    """Write a run to the zip file ``target``, to take elsewhere: what :func:`contents` says."""
    files, _ = contents(run, most)
    try:
        with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as archive:
            for path in files:
                with suppress(FileNotFoundError):
                    archive.write(path, path.relative_to(run.folder))
    except OSError as error:
        raise cannot_write(target, error) from None


def best_accuracy(run: Run) -> float | None:
    """The best held-out accuracy so far, from the status, or from the metrics of a run edited by hand."""
    if run.status.best_accuracy is not None:
        return run.status.best_accuracy
    try:
        judged = [row["held_out_accuracy"] for row in read_metrics(run.folder)]
    except RunError:
        return None
    return max((accuracy for accuracy in judged if accuracy is not None), default=None)


def new_folder(root: Path = RUNS) -> Path:
    """A run folder of today and now that no other run has."""
    day = root / time.strftime("%Y-%m-%d")
    name = time.strftime("%H-%M-%S")
    for suffix in ("", *(f"-{number}" for number in range(1, 1000))):
        try:
            os.makedirs(day / f"{name}{suffix}")
        except FileExistsError:
            continue
        except OSError as error:
            raise cannot_write(day, error) from None
        return day / f"{name}{suffix}"
    raise RunError(f"{day} has a thousand runs of this second.")
