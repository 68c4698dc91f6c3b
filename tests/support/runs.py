"""Training runs for tests: settings of runs that take a second or two, what they wrote, processes that train."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file

from tests.support.places import ROOT
from vit.training.config_file import to_settings
from vit.training.run.metrics import read_metrics
from vit.training.run.status import Status, read_status
from vit.training.settings import Settings

RUN = "2026-01-02/03-04-05"  # the day and time of the run that fixture ``trained_once`` makes
# What ``tiny`` says, as it is typed.
TINY = [
    *("model.patch_size=14", "model.width=8", "model.depth=1", "model.heads=2", "model.dropout=0.1"),
    *("data.augment.stroke=0.2", "training.max_seconds=0", "training.batch=64", "training.checkpoints=4"),
    *("training.ema=0.9", "training.lr=0.01", "training.threads=1"),
]


def tiny(**training: object) -> Settings:
    """A model of one block on the bundled digits for a few dozen steps, with everything random switched on."""
    return to_settings(
        {
            "model": {"patch_size": 14, "width": 8, "depth": 1, "heads": 2, "dropout": 0.1},
            "data": {"augment": {"shift": 0.1, "rotate": 10.0, "stroke": 0.2}},
            "training": {
                "epochs": 0.5,
                "batch": 64,
                "checkpoints": 4,
                "ema": 0.9,
                "lr": 0.01,
                "threads": 1,
                **training,
            },
        }
    )


def a_few_steps() -> Settings:
    """Settings of a run that takes a second."""
    return to_settings(
        {
            "model": {"patch_size": 14, "width": 8, "depth": 2, "heads": 2, "mlp_ratio": 1.0},
            "training": {"epochs": 0.1, "batch": 32, "checkpoints": 2, "threads": 1},
        }
    )


def losses(folder: Path) -> dict[int, float]:
    """The loss of every step."""
    return {int(row["step"]): row["loss"] for row in read_metrics(folder) if row["loss"] is not None}


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """The state with which a run goes on: weights, their average, moments."""
    return load_file(folder / "state.safetensors")


def same(first: Path, second: Path) -> bool:
    """Whether two runs have the same losses at every step and end with the same weights and moments."""
    a, b = weights(first), weights(second)
    return losses(first) == losses(second) and a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def spawn(arguments: Sequence[str]) -> subprocess.Popen[str]:
    """``python -m …`` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def wait_for(folder: Path, wanted: Callable[[Status], bool], seconds: float = 120) -> Status:
    """The first status that is as wanted."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status = read_status(folder)
        if status and wanted(status):
            return status
        time.sleep(0.01)
    raise AssertionError(f"waited {seconds} s in vain; the last status is {status}")
