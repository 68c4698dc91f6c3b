"""A run is a folder. What lies in it:

==================  ====================================================================================
``config.yaml``     the settings, resolved (:mod:`vit.training.config_file`)
``status.json``     what the run is doing just now (:mod:`vit.training.run.status`)
``control.json``    what somebody asks of it (:mod:`vit.training.run.control`)
``metrics.csv``     a row a step (:mod:`vit.training.run.metrics`)
``checkpoints/``    ``best``, ``last`` and a spaced series, each a model (:mod:`vit.training.learn.checkpoints`)
``state.safetensors``  from which it goes on exactly
``held_out.npz``    the newest judgement: predictions, mistakes (:mod:`vit.training.learn.evaluation`)
``probe.npz``       a held-out picture of every class, to look at while it learns
``classes.json``    the classes' names, and the files that were skipped
``environment.json``  versions, machine, git revision, command
``figures/``        training curves and confusion matrix
``tensorboard/``    the same numbers for TensorBoard
``run.lock``        held by the process at work (:mod:`vit.training.run.lock`)
==================  ====================================================================================
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import numpy as np
import torch

from vit.data import DataSet
from vit.data.augment import in_one_shape
from vit.training.run.files import read_json, replace_file, write_json

PROBE, CLASSES, ENVIRONMENT = "probe.npz", "classes.json", "environment.json"
PROBES = 12
_PACKAGES = ("torch", "torchvision", "einops", "safetensors", "numpy", "hydra-core")


def describe(folder: Path, data: DataSet, device: torch.device, world: int) -> None:
    """Write what stays the same for the whole run: classes, probe pictures, environment."""
    write_json(
        folder / CLASSES, {"classes": data.classes, "skipped": data.skipped[:1000], "n_skipped": len(data.skipped)}
    )
    first = [(data.held_out.labels == label).nonzero().flatten()[:1] for label in range(min(PROBES, len(data.classes)))]
    probes = data.held_out.part(torch.cat(first))

    def save(path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, images=in_one_shape(probes, data.size).numpy(), labels=probes.labels.numpy())

    replace_file(folder / PROBE, save)
    write_json(folder / ENVIRONMENT, _environment(device, world))


def probes(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """The pictures to look at while the run learns, (n, c, height, width) bytes, and their classes (n,)."""
    with np.load(folder / PROBE, allow_pickle=False) as arrays:
        return arrays["images"], arrays["labels"]


def class_names(folder: Path) -> list[str]:
    return [str(name) for name in (read_json(folder / CLASSES) or {}).get("classes", [])]


def _environment(device: torch.device, world: int) -> dict[str, object]:
    return {
        "date": time.strftime("%Y-%m-%d %H:%M:%S"),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "git": git_revision(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "threads": torch.get_num_threads(),
        "processes": world,
        "packages": {name: metadata.version(name) for name in _PACKAGES},
    }


def git_revision() -> str | None:
    """The project's commit, with ``-dirty`` where files differ from it; None outside of a git checkout, and where git
    does not answer."""
    if shutil.which("git") is None:
        return None
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    folder = Path(__file__).parent
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
