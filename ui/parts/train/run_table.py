"""All runs: choose one to watch, several to compare; rename, download, delete."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from ui.parts.train import uploads
from ui.parts.train.cost import span
from ui.session import run_list
from ui.shell.lesson import explain, note
from ui.widgets.markdown import escape
from ui.widgets.table import table
from vit.figures.curves import Curve
from vit.figures.training import comparison
from vit.training.run import listing
from vit.training.run.files import RunError


def run_table() -> None:
    """The table of runs and what can be done with the marked ones."""
    found = run_list.everything()[:200]
    st.subheader("All runs", anchor=False)
    if not found:
        note("No run yet. Whatever is trained, here or on the command line, is listed here.")
        return
    titles = _titles(found)
    table([_row(titles[job.name], job) for job in found])
    marked = st.multiselect(
        "Choose one to watch, rename, download or delete it; several to compare them",
        titles,
        format_func=lambda name: titles.get(name, name),
        key="marked_runs",
        placeholder="Choose runs",
    )
    chosen = [job for job in found if job.name in marked]
    if len(chosen) == 1:
        _manage(chosen[0])
    elif chosen:
        _compare(chosen)
    explain("The same numbers in TensorBoard, for all runs together:")
    st.code(f"tensorboard --logdir {shlex.quote(os.path.relpath(run_list.ROOT))}", language=None)


def _titles(found: list[run_list.Job]) -> dict[str, str]:
    """What each run is called here, by its name: its title, and beside others of that title its name too.

    Streamlit keeps what is marked by these words, so they say nothing that changes when a run comes or goes.
    """
    count = Counter(job.title for job in found)
    return {job.name: job.title if count[job.title] == 1 else f"{job.title} ({job.name})" for job in found}


def _row(title: str, job: run_list.Job) -> dict[str, object]:
    try:
        settings = run_list.settings(job)
    except RunError:
        settings = None
    status, shape = job.status, None
    if settings:
        model = settings.model
        sizes = model.patch_size, model.width, model.depth, model.heads
        shape = f"from {model.start}" if model.start else ", ".join(map(str, sizes))
    best = status.best_accuracy
    return {
        "run": title,
        "state": status.state,
        "held out, best": None if best is None else f"{best:.2%}",
        "pictures": status.data or (settings.data.name if settings else None),
        "patch, width, blocks, heads": shape,
        "steps": status.step,
        "time": span(status.seconds),
    }


def _compare(chosen: list[run_list.Job]) -> None:
    """The held-out accuracy of several runs in one figure."""
    curves: dict[str, Curve] = {}
    for job in chosen:
        try:
            curves[f"{len(curves) + 1}. {job.title}"] = Curve.of(run_list.metrics(job), "held_out_accuracy")
        except RunError as error:
            st.warning(escape(str(error)))
    st.plotly_chart(comparison(curves), key="compared", alt="Held-out accuracy of the marked runs by step")


def _manage(job: run_list.Job) -> None:
    """What can be done with one run."""
    with st.container(horizontal=True):
        if st.button("Watch", type="primary"):
            st.session_state.run = job.name
            st.rerun()
        with st.popover("Rename"):
            title = st.text_input("Its name", job.title, max_chars=100, key=f"title {job.name}")
            if st.button("Keep this name"):
                _told(lambda: listing.rename(_run(job), title))
        left_behind = _download(job)
        with st.popover("Delete", disabled=job.active):
            st.markdown(f"Its models, curves and settings are gone for good: **{escape(job.title)}**.")
            if st.button("Delete this run", type="primary"):
                _told(lambda: _delete(job))
    if left_behind:
        note(escape(left_behind))
    if job.active:
        note("It is at work: stop it before deleting it.")


def _download(job: run_list.Job) -> str:
    """The button that packs a run when it is pressed; returns what is to be said about a run that is too large."""
    try:
        _, left_behind = listing.contents(_run(job))
    except RunError as error:
        return str(error)
    file = f"run-{job.name.replace('/', '-')}.zip"
    st.download_button("Download (zip)", lambda: packed(job), file, "application/zip", on_click="ignore")
    if not left_behind:
        return ""
    return f"The zip leaves out {' and '.join(left_behind)}: too large to send. They lie in {job.folder}."


def packed(job: run_list.Job) -> bytes:
    """The run folder as a zip, built on the disk; Streamlit wants the bytes in one piece, so they are bounded."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "run.zip"
        listing.pack(_run(job), target)
        return target.read_bytes()


def _delete(job: run_list.Job) -> None:
    listing.delete(_run(job))
    uploads.clean()
    if st.session_state.run == job.name:
        st.session_state.run = None


def _told(work: Callable[[], object]) -> None:
    """Do it and draw the page anew, or say in a sentence why it cannot be done."""
    try:
        work()
    except RunError as error:
        st.error(escape(str(error)))
        return
    st.rerun()


def _run(job: run_list.Job) -> listing.Run:
    return listing.Run(job.folder, job.name, job.status)
