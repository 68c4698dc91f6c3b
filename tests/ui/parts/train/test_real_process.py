"""The page Train with a real process behind it."""

from __future__ import annotations

import time

import pytest

from tests.support.runs import a_few_steps
from tests.support.sessions import labels, train_page
from ui.parts.train import commands
from ui.session import run_list, trained_models
from vit.training.run.control import send


def until(job: str, wanted: set[str], seconds: float = 60) -> run_list.Job:
    """The run as soon as its state is one of those."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = run_list.find(job)
        if found and found.status.state in wanted:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{run_list.find(job)} never came to {wanted}")


@pytest.mark.slow
def test_a_run_starts_pauses_steps_goes_on_and_stops():
    settings = a_few_steps()
    settings.training.epochs = 1000.0
    name = commands.start(settings)
    job = until(name, {"running"})
    at = train_page(run=name)
    assert {"Pause", "Step", "Stop"} <= set(labels(at))
    next(button for button in at.button if button.label == "Pause").click().run()
    paused = until(name, {"paused"})
    send(job.folder, "step")
    end = time.monotonic() + 20
    while run_list.find(name).status.step == paused.status.step and time.monotonic() < end:
        time.sleep(0.05)
    assert run_list.find(name).status.step == paused.status.step + 1
    send(job.folder, "run", 0.002)
    until(name, {"running"})
    next(button for button in train_page(run=name).button if button.label == "Stop").click()
    commands.stop(job)
    until(name, {"stopped"})
    assert trained_models.best(run_list.find(name))


@pytest.mark.slow
def test_a_run_stops_even_while_it_is_being_born():
    settings = a_few_steps()
    settings.training.epochs = 1000.0
    name = commands.start(settings)
    commands.stop(run_list.find(name))
    until(name, {"stopped"})
