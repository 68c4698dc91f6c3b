"""``--multirun``: refuse a wrong member before the first begins; at the end a table and a figure of all."""

from __future__ import annotations

import csv
import sys
from itertools import product
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from vit.training import config_file
from vit.training.limits import SettingsError
from vit.training.run.files import RunError, replace_file
from vit.training.run.listing import Run, best_accuracy
from vit.training.run.metrics import read_metrics
from vit.training.run.status import Status, read_status

TABLE, FIGURE = "summary.csv", "comparison.png"
COLUMNS = ("run", "settings", "state", "best accuracy", "steps", "seconds", "images/s")


class Sweep(Callback):
    """Hydra calls this around a sweep."""

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        folder = Path(config.hydra.sweep.dir)
        members = find_members(folder)
        if not members:
            return
        write_summary(folder, members)
        sys.stdout.write(f"\n{table(rows(members))}\n{folder / TABLE}, {folder / FIGURE}\n")


def check(arguments: list[str]) -> None:
    """Compose and check every member of a sweep before any begins. SettingsError names the key that is wrong."""
    choices: dict[str, list[str]] = {}  # by key; the last override of a key counts, as in Hydra's own sweeper
    for override in _parsed(arguments):
        if not override.is_sweep_override():
            values = [override.get_value_element_as_str()]
        elif override.is_discrete_sweep():
            values = list(override.sweep_string_iterator())
        else:
            raise SettingsError(f"{override.input_line} names no values one by one: give them, as in a=1,2,3.")
        key = override.get_key_element()
        choices[key] = [f"{key}={value}" for value in values]
    for member in product(*choices.values()):
        config_file.compose([override for override in member if not override.startswith("hydra.")])


def swept(arguments: list[str]) -> set[str]:
    """The keys in which the members of a sweep differ."""
    return {override.key_or_group for override in _parsed(arguments) if override.is_sweep_override()}


def _parsed(arguments: list[str]) -> list[Override]:
    return OverridesParser.create().parse_overrides([a for a in arguments if not a.startswith("-")])


def find_members(folder: Path) -> list[Run]:
    """The runs of a sweep in the order they were made."""
    found: list[tuple[int, Run]] = []
    for file in folder.glob("*/status.json"):
        status = read_status(file.parent)
        if status and file.parent.name.isdecimal():
            found.append((int(file.parent.name), Run(file.parent, file.parent.name, status)))
    return [run for _, run in sorted(found, key=lambda pair: pair[0])]


def rows(members: list[Run]) -> list[tuple[str, ...]]:
    """A row a member, the best first."""

    def row(run: Run) -> tuple[str, ...]:
        status: Status = run.status
        accuracy = best_accuracy(run)
        speed = f"{status.images_per_second:.0f}" if status.images_per_second else ""
        share = "" if accuracy is None else f"{accuracy:.4f}"
        return run.name, run.title, status.state, share, str(status.step), f"{status.seconds:.1f}", speed

    return [row(run) for run in sorted(members, key=lambda run: -(best_accuracy(run) or 0.0))]


def table(body: list[tuple[str, ...]]) -> str:
    widths = [max(len(line[column]) for line in (COLUMNS, *body)) for column in range(len(COLUMNS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in (COLUMNS, *body)
    ]
    return "\n".join(line.rstrip() for line in lines)


def write_summary(folder: Path, members: list[Run]) -> None:
    """``summary.csv`` and ``comparison.png`` beside the members."""
    from vit.training.run import figures

    def write(path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, *rows(members)])

    replace_file(folder / TABLE, write)
    curves = {}
    for run in members:
        try:
            curves[run.title] = read_metrics(run.folder)
        except RunError:  # its row in the table says that it failed
            continue
    figures.save_comparison(curves, folder / FIGURE)
