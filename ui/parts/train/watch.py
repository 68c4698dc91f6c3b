"""Watch a run: how far it is, its curves, and the buttons that pause, step, stop and repeat it.

Drawn anew every second while the run is at work, whoever started it; nothing is computed but what has changed.
"""

from __future__ import annotations

import streamlit as st

from ui.parts.train.cost import span
from ui.parts.train.requests import buttons, is_waking
from ui.session import run_list
from ui.shell.lesson import note
from ui.shell.refusals import fragment
from ui.widgets.markdown import escape
from vit.figures.curves import Curve
from vit.figures.training import curve_pair
from vit.training.run.files import RunError, read_json

WORDS = {
    "queued": "waits its turn",
    "starting": "is starting",
    "running": "is learning",
    "paused": "is paused",
    "finished": "has finished",
    "stopped": "was stopped",
    "failed": "has failed",
    "interrupted": "was interrupted",
}
_BEST = (
    "The share of the held-out pictures that it gets right; it never learns from these. The best of several "
    "measurements is a little too high: it is chosen for being high."
)
EVERY = 1.0  # seconds between two looks at a run that is at work


def watch(name: str) -> None:
    """The head of a run: state, numbers, buttons and curves."""
    job = run_list.find(name)
    active = bool(job and job.active)
    polls = active or is_waking(name)
    head = fragment(_head, run_every=EVERY if polls else None)  # drawn by itself, again and again
    head(name, active, polls)


def _head(name: str, was_active: bool, polls: bool) -> None:
    job = run_list.find(name)
    changed = job is None or job.active != was_active or st.session_state.run != name
    if changed or (is_waking(name) and not polls):
        st.rerun(scope="app")  # it has ended, or gone on, or another is watched: the whole page follows
    assert job is not None, "a run that is gone has changed"
    status = job.status
    place = f" ({status.message})" if status.state in ("queued", "starting") and status.message else ""
    st.markdown(f"**{escape(job.title)}** {WORDS[status.state]}{escape(place)}")
    if status.state in ("failed", "interrupted"):
        (st.error if status.state == "failed" else st.warning)(escape(status.message))
    st.progress(min(max(status.progress, 0.0), 1.0))
    _numbers(job)
    buttons(job)
    _left_out(job)
    try:
        rows = run_list.metrics(job)
    except RunError as error:
        st.error(escape(str(error)))
        return
    if not rows:
        note("The curves begin with the first batch." if job.active else "It ended before its first batch.")
        return
    at = st.session_state.get("looked_at")
    left, right = st.columns(2)
    for column, quantity in ((left, "loss"), (right, "accuracy")):
        curves = Curve.of(rows, quantity), Curve.of(rows, f"held_out_{quantity}")
        column.plotly_chart(curve_pair(*curves, quantity, at), key=f"curve_{quantity}", alt=f"The {quantity} by step")
    note(
        "*Loss*: how surprised the model is by the right answer, 0 at best. *Accuracy*: the share it gets right. Blue "
        "is measured on the pictures it is just learning from, which are also shifted and turned, so blue may lie "
        "below. **Orange counts**: pictures it never learns from."
    )


def _numbers(job: run_list.Job) -> None:
    status = job.status
    left = status.seconds_left if job.active else status.seconds
    numbers = (
        ("held-out accuracy, best", "–" if status.best_accuracy is None else f"{status.best_accuracy:.2%}", _BEST),
        ("step", f"{status.step:,}", f"One batch each; {status.epoch:.1f} rounds over the pictures so far."),
        ("time left, about" if job.active else "time taken", "–" if left is None else span(left), None),
        ("pictures a second", "–" if not status.images_per_second else f"{status.images_per_second:,.0f}", None),
        ("learning rate now", "–" if status.lr is None else f"{status.lr:.2g}", None),
    )
    with st.container(horizontal=True, gap="large"):
        for label, value, words in numbers:
            st.metric(label, value, help=words, width="content")


def _left_out(job: run_list.Job) -> None:
    """Which of the person's files could not be used."""
    told = read_json(job.folder / "classes.json") or {}
    skipped, count = told.get("skipped"), told.get("n_skipped")
    if isinstance(skipped, list) and isinstance(count, int) and count:
        with st.expander("1 file was left out" if count == 1 else f"{count:,} files were left out"):
            st.text("\n".join(map(str, skipped[:200])))


def others() -> None:
    """What is at work now, for somebody who watches nothing yet."""
    for job in run_list.everything():
        label = f"Watch {escape(job.title)}, which {WORDS[job.status.state]}"
        if job.active and st.button(label, key=f"watch {job.name}"):
            st.session_state.run = job.name
            st.rerun()
