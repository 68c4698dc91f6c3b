"""The models of runs, as the model menu and links name them: the folder of a checkpoint below ``runs/``.

A checkpoint of the spaced series never changes, so its name can stand in caches and links. The best of a run is
the one of the series that was judged best.
"""

from __future__ import annotations

import os
import re

import streamlit as st

from ui.session import run_list
from vit.training.learn.checkpoints import FOLDER, step_name

_CHECKPOINT = re.compile(r"step-\d{8}|best|last", re.ASCII)
_MOST = 30  # runs in the menu


def model_name(job: run_list.Job, step: int) -> str:
    """What the model of ``job`` after ``step`` steps is called: a path that ``load_pretrained`` takes."""
    return os.path.relpath(job.folder / FOLDER / step_name(step))


def best(job: run_list.Job) -> str | None:
    """The name of the best model so far; None before the first was judged."""
    step = run_list.best_step(job)
    if step is not None and (job.folder / FOLDER / step_name(step) / "config.json").is_file():
        return model_name(job, step)
    if job.active:  # the folder of the best changes while it learns, and a name stands for one model
        return None
    kept = job.folder / FOLDER / "best"
    return os.path.relpath(kept) if (kept / "config.json").is_file() else None


@st.cache_data(ttl=5, show_spinner=False)
def offered() -> list[str]:
    """The best model of each of the newest runs."""
    return [name for job in run_list.everything()[:_MOST] if (name := best(job))]


def parts(name: str) -> tuple[run_list.Job, str] | None:
    """The run and checkpoint behind a model's name; None for any other name, and for what is not there."""
    below = f"{os.path.relpath(run_list.ROOT)}{os.sep}"
    run, _, checkpoint = name.removeprefix(below).rpartition(f"{os.sep}{FOLDER}{os.sep}")
    if not name.startswith(below) or not _CHECKPOINT.fullmatch(checkpoint):
        return None
    job = run_list.find(run.replace(os.sep, "/"))
    if job is None or not (job.folder / FOLDER / checkpoint / "config.json").is_file():
        return None
    return job, checkpoint


def short(name: str) -> str | None:
    """A readable name for a run's model: the run's own, and the step; None for other models."""
    of_run = parts(name)
    if of_run is None:
        return None
    job, checkpoint = of_run
    step = checkpoint.removeprefix("step-")
    return f"{job.title}, {f'step {int(step):,}' if step.isdecimal() else checkpoint}"
