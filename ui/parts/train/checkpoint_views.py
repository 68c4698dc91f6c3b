"""What every checkpoint of a run makes of its probe pictures: computed once for all who watch, never twice."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import streamlit as st

from ui.server.shared import model_result
from ui.session.run_list import Job
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.training.learn.checkpoints import Checkpoint, series
from vit.training.learn.look import Look, look
from vit.training.run.folder import class_names, probes

MOST = 40  # checkpoints in the film; of more, every second or third is shown


def checkpoints(job: Job) -> list[Checkpoint]:
    """The run's models so far, oldest first, thinned evenly to what a film needs."""
    found = series(job.folder)
    every = -(-len(found) // MOST) or 1
    return [*found[:-1:every], *found[-1:]]


@st.cache_data(max_entries=32, show_spinner=False)
def _probes(folder: str, stamp: int) -> tuple[np.ndarray, np.ndarray]:
    return probes(Path(folder))


def probe_pictures(job: Job) -> tuple[np.ndarray, np.ndarray] | None:
    """A held-out picture of every class, (n, c, height, width) bytes, and their classes; None before it begins."""
    file = job.folder / "probe.npz"
    try:
        images, labels = _probes(str(job.folder), file.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):  # not written yet, or edited beyond use
        return None
    sound = images.ndim == 4 and images.dtype == np.uint8 and labels.shape == images.shape[:1] and len(labels)
    return (images, labels.astype(int)) if sound and labels.min() >= 0 else None


def classes(job: Job) -> list[str]:
    return class_names(job.folder)


def named(names: list[str], count: int) -> list[str]:
    """``count`` classes by name; those that classes.json has lost are called by their number."""
    return [*names, *(f"class {label}" for label in range(len(names), count))]


@model_result(max_bytes=300e6)
def _look(folder: str, stamp: int, pictures: str, _images: np.ndarray) -> Look | None:
    """``stamp`` tells a checkpoint from another in the same place, ``pictures`` names the pictures."""
    try:
        return look(load_pretrained(Path(folder)), _images)
    except (CheckpointError, ValueError, RuntimeError, AttributeError):  # edited by hand: left out of the film
        return None


def looks(job: Job, pictures: str, images: np.ndarray) -> list[tuple[int, Look]]:
    """(step, look) of every checkpoint that can be read and has the shape of the newest one.

    ``pictures`` names ``images`` within the run.
    """
    found = []
    for checkpoint in checkpoints(job):
        try:
            stamp = (checkpoint.folder / "model.safetensors").stat().st_mtime_ns
        except OSError:  # the run is being deleted
            continue
        if (seen := _look(str(checkpoint.folder), stamp, pictures, images)) is not None:
            found.append((checkpoint.step, seen))
    return [(step, seen) for step, seen in found if _shapes(seen) == _shapes(found[-1][1])]


def _shapes(seen: Look) -> list[tuple[int, ...]]:
    return [getattr(seen, name).shape for name in ("attention", "probabilities", "filters", "embeddings")]
