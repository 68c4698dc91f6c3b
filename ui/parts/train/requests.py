"""What can be asked of a run while it is watched: pause, step, stop, go on, repeat, another learning rate."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from ui.parts.train import commands
from ui.parts.train.form import RATES
from ui.session import run_list
from ui.widgets.markdown import escape
from vit.training.limits import SettingsError
from vit.training.run import control
from vit.training.run.files import RunError

WAITING, AT_WORK = ("queued", "starting"), ("running", "paused")
ENDED_EARLY, FINISHED = ("stopped", "interrupted", "failed"), ("finished",)
EVERY_STATE = (*WAITING, *AT_WORK, *ENDED_EARLY, *FINISHED)
PATIENCE = 1.5  # seconds that the page waits for a run to do what it was asked
WAKING = 60  # seconds in which a run that goes on should show itself


def _send(command: str) -> Callable[[run_list.Job], None]:
    return lambda job: control.send(job.folder, command)


def _go_on(job: run_list.Job) -> None:
    commands.resume(job)
    st.session_state.woken = (job.name, time.monotonic())


def _again(job: run_list.Job) -> None:
    if job.active:
        commands.stop(job)
    st.session_state.run = commands.again(job)


@dataclass(frozen=True)
class Request:
    """One button: in which ``states`` of the run it is there, and what it does."""

    label: str
    states: tuple[str, ...]
    do: Callable[[run_list.Job], None]
    help: str | None = None
    look: Literal["primary", "secondary"] = "secondary"
    patience: float = PATIENCE


GO_ON = Request("Go on", ENDED_EARLY, _go_on, look="primary", patience=0)
REQUESTS = (
    Request("Pause", ("running",), _send("pause")),
    Request("Resume", ("paused",), _send("run"), look="primary"),
    Request("Step", AT_WORK, _send("step"), "Learn from one batch, then pause."),
    Request("Stop", (*WAITING, *AT_WORK), commands.stop),
    GO_ON,
    Request(
        "Reset",
        EVERY_STATE,
        _again,
        "Start anew with the same settings and seed, so from the very same first weights. This run is kept.",
        patience=0,
    ),
)


def buttons(job: run_list.Job) -> None:
    """The buttons of the run's present state."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for request in REQUESTS:
            if job.status.state in request.states and (request is not GO_ON or _can_go_on(job)):
                args = (job, request.do, request.patience)
                st.button(request.label, type=request.look, help=request.help, on_click=_ask, args=args)
        if job.status.state in AT_WORK:
            _rate(job)
    if sentence := st.session_state.pop("run_error", None):
        st.error(escape(sentence))


def is_waking(name: str) -> bool:
    """Whether the run was told to go on just now and its new process has not shown itself yet."""
    woken, since = st.session_state.get("woken", (None, 0.0))
    return woken == name and time.monotonic() - since < WAKING


def _can_go_on(job: run_list.Job) -> bool:
    """Whether the run has kept the state to go on from."""
    return (job.folder / "state.safetensors").is_file()


def _rate(job: run_list.Job) -> None:
    """The highest rate of the schedule, to be changed in mid-run."""
    try:
        first = job.status.highest_lr or run_list.settings(job).training.lr
    except RunError:
        return
    rates = sorted({*RATES, first})

    def send() -> None:
        command = "pause" if job.status.state == "paused" else "run"
        _ask(job, lambda job: control.send(job.folder, command, st.session_state.new_rate), patience=0)

    words = "The highest rate. The recipe lets the rate rise to it and fall again, so the rate of now is lower."
    st.select_slider("Learning rate", rates, first, key="new_rate", on_change=send, format_func=_plain, help=words)


def _plain(rate: float) -> str:
    return f"{rate:g}"


def _ask(job: run_list.Job, do: Callable[[run_list.Job], None], patience: float) -> None:
    """Do what a button says and wait a moment until it shows; what stands in the way is kept as a sentence."""
    before, ends = _visible(job), time.monotonic() + patience
    try:
        do(job)
    except (RunError, SettingsError) as error:
        st.session_state.run_error = str(error)
        return
    while time.monotonic() < ends and (now := run_list.find(job.name)) and _visible(now) == before:
        time.sleep(0.03)


def _visible(job: run_list.Job) -> tuple[str, int | None]:
    """What a person sees of a run's progress at once: its state, and while it is paused its step."""
    return job.status.state, job.status.step if job.status.state == "paused" else None
