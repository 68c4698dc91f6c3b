"""``metrics.csv``: a row a step and a row an evaluation, readable while it grows."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from pathlib import Path

from vit.training.run.files import RunError, cannot_write, replace_file

FILE = "metrics.csv"
COLUMNS = (
    "step",  # batches learned from so far
    "epoch",
    "seconds",  # of training, without pauses
    "lr",
    "loss",  # of this step's batch, before the step; empty in the row of an evaluation
    "accuracy",  # of this step's batch
    "images_per_second",
    "held_out_loss",  # empty in the row of a step
    "held_out_accuracy",
)


class Metrics:
    """The table, open for appending; every row is handed to the system at once."""

    def __init__(self, folder: Path, resume_at: int) -> None:
        """Keep the rows up to step ``resume_at``; what an interrupted run wrote after its checkpoint goes."""
        self.path = folder / FILE
        kept = [row for row in read_metrics(folder) if (row["step"] or 0) <= resume_at] if resume_at else []
        replace_file(self.path, lambda file: _write(file, kept))
        try:
            self._file = self.path.open("a", newline="", encoding="utf-8")
        except OSError as error:
            raise cannot_write(self.path, error) from None

    def add(self, row: Mapping[str, float | None]) -> None:
        try:
            csv.writer(self._file).writerow(_cell(row.get(column)) for column in COLUMNS)
            self._file.flush()
        except OSError as error:
            raise cannot_write(self.path, error) from None

    def close(self) -> None:
        """The rows are safe on the disk after this."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise cannot_write(self.path, error) from None


def read_metrics(folder: Path) -> list[dict[str, float | None]]:
    """All whole rows so far, None for an empty cell; a row that is being written just now is left out.

    RunError where somebody has edited the file beyond use.
    """
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path} cannot be read ({error}): restore it, or start a new run.") from None
    lines = text[: text.rfind("\n") + 1].splitlines()
    if not lines:
        return []
    if lines[0].split(",") != list(COLUMNS):
        raise RunError(f"{path} has lost its heading {','.join(COLUMNS)}: restore it, or start a new run.")
    try:
        return [_read(line) for line in lines[1:]]
    except ValueError:
        raise RunError(f"{path} holds a row that is no row of numbers: restore it, or start a new run.") from None


def _read(line: str) -> dict[str, float | None]:
    cells = line.split(",")
    values = {column: float(cell) if cell else None for column, cell in zip(COLUMNS, cells, strict=True)}
    return {**values, "step": int(cells[0])}


def _cell(value: float | None) -> str:
    return "" if value is None else repr(value)


def _write(path: Path, rows: list[dict[str, float | None]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([_cell(row[column]) for column in COLUMNS] for row in rows)
