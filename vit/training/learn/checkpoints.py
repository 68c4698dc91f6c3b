"""What a run keeps: models to look at, and the one file from which it goes on exactly.

``checkpoints/best``, ``checkpoints/last`` and ``checkpoints/step-00000120`` … are models as
:func:`vit.load_pretrained` reads them. ``state.safetensors`` has the newest weights, their average, the
optimiser's moments and how far the run has come; chance needs no state (:mod:`vit.data.batches`).
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from vit.checkpoints.loading import save_pretrained
from vit.checkpoints.writing import save_tensors
from vit.model.vit import ViT
from vit.training.learn.optimise import Adam
from vit.training.run.files import RunError, cannot_write, replace_file
from vit.whole_files import sync

FOLDER, STATE, WEIGHTS = "checkpoints", "state.safetensors", "model.safetensors"
SERIES_BYTES = 400 * 2**20  # what the series of one run may take on the disk


@dataclass(frozen=True)
class Checkpoint:
    """One of the spaced series: the model after ``step`` steps."""

    step: int
    folder: Path


def series(run: Path) -> list[Checkpoint]:
    """The spaced series of a run, oldest first; only whole checkpoints."""
    found = [
        Checkpoint(int(folder.name.removeprefix("step-")), folder)
        for folder in (run / FOLDER).glob("step-*")
        if folder.name.removeprefix("step-").isdecimal() and (folder / "config.json").is_file()
    ]
    return sorted(found, key=lambda checkpoint: checkpoint.step)


def step_name(step: int) -> str:
    return f"step-{step:08}"


def save_model(model: ViT, run: Path, *names: str) -> None:
    """Save ``model`` under each of the names: a whole folder appears, or its weights are replaced in one step.

    The other files of a checkpoint are the same throughout a run, so replacing the weights alone leaves
    a checkpoint that fits together at every moment. The same weights under several names lie on the disk once.
    """
    fresh = run / FOLDER / f".{os.getpid()}.tmp"
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        save_pretrained(model, fresh)
        for file in fresh.iterdir():
            sync(file)
        for name in names:
            target = run / FOLDER / name
            if (target / "config.json").is_file():
                replace_file(target / WEIGHTS, lambda file: _link(fresh / WEIGHTS, file))
            else:
                copy = run / FOLDER / f".{name}.{os.getpid()}.tmp"
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(fresh, copy, copy_function=_link)
                sync(copy)  # its list of names, before the name under which it is looked for
                shutil.rmtree(target, ignore_errors=True)
                os.replace(copy, target)
        sync(run / FOLDER)
    except OSError as error:
        raise cannot_write(run / FOLDER, error) from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _link(source: str | Path, target: str | Path) -> None:
    """Another name for the same file; a copy where the disk knows no such thing."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def thin(run: Path, best: int, most: int = SERIES_BYTES) -> None:
    """Take from the series, ever the one nearest to its neighbours, until it takes no more than ``most`` bytes.

    The first, the newest and that of the step ``best`` stay.
    """
    found = series(run)
    size = (found[-1].folder / WEIGHTS).stat().st_size if found else 0
    while len(found) > max(2, most // max(1, size)):
        neighbours = zip(found[:-2], found[1:-1], found[2:], strict=True)
        gaps = [(after.step - before.step, one) for before, one, after in neighbours if one.step != best]
        if not gaps:
            return
        _, gone = min(gaps, key=lambda gap: gap[0])
        found.remove(gone)
        shutil.rmtree(gone.folder, ignore_errors=True)


def save_state(run: Path, module: nn.Module, averaged: nn.Module, optimiser: Adam, progress: dict[str, Any]) -> None:
    """All that an exact resume needs, in one file that is replaced in one step."""
    tensors = {f"weights.{name}": tensor for name, tensor in module.state_dict().items()}
    if averaged is not module:
        tensors |= {f"averaged.{name}": tensor for name, tensor in averaged.state_dict().items()}
    tensors |= {f"optimiser.{name}": tensor for name, tensor in optimiser.moments().items()}
    tensors = {name: tensor.detach().cpu() for name, tensor in tensors.items()}
    metadata = {"progress": json.dumps(progress)}
    replace_file(run / STATE, lambda file: save_tensors(tensors, file, metadata))


def load_state(run: Path, module: nn.Module, averaged: nn.Module, optimiser: Adam) -> dict[str, Any]:
    """Fill everything from ``state.safetensors``; returns the progress. RunError if it does not fit."""
    path = run / STATE
    if not path.is_file():
        raise RunError(f"{run} has no {STATE}: it cannot go on from where it was; start a new run from its checkpoint.")
    try:
        with safe_open(path, "pt") as file:
            progress: dict[str, Any] = json.loads((file.metadata() or {})["progress"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        module.load_state_dict(_under(tensors, "weights"))
        if averaged is not module:
            averaged.load_state_dict(_under(tensors, "averaged"))
        _fill_optimiser(optimiser, tensors, progress["step"])
    except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
        reason = str(error).split("\n")[0]
        raise RunError(f"{path} does not belong to this run's settings, or is damaged ({reason}).") from None
    return progress


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(f"{prefix}."): t for name, t in tensors.items() if name.startswith(f"{prefix}.")}


def _fill_optimiser(optimiser: Adam, tensors: dict[str, Tensor], steps: int) -> None:
    moments, stored = optimiser.moments(), _under(tensors, "optimiser")
    if moments.keys() != stored.keys():
        raise ValueError("the optimiser's moments are of other parameters")
    for name, tensor in moments.items():
        tensor.copy_(stored[name])
    optimiser.steps = steps
