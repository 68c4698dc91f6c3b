"""Runs as processes of their own: ready before they are asked, waiting their turn, independent of who started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.places import ROOT
from tests.support.runs import TINY, wait_for
from vit.training.process import launch
from vit.training.run import control
from vit.training.run.files import write_json
from vit.training.run.listing import find_runs, root_of
from vit.training.run.status import Status, read_status

ENDLESS = [*TINY, "training.epochs=50000", "training.checkpoints=1000"]
SERVER = """
import sys; from pathlib import Path; from vit.training.process import launch
print(launch.start(sys.argv[2:], Path(sys.argv[1])))
"""


def started_elsewhere(root: Path, *overrides: str) -> Path:
    """A run that was started by another process, a server, which has ended since."""
    command = [sys.executable, "-c", SERVER, str(root), *ENDLESS, *overrides]
    return Path(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip())


def ended(folder: Path) -> Status:
    return wait_for(folder, lambda status: not status.active)


def is_running(status: Status) -> bool:
    return status.state == "running" and status.step > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_one_at_a_time_the_rest_wait_and_a_dead_one_gives_its_place_away(tmp_path: Path) -> None:
    first = started_elsewhere(tmp_path, "slots=1")
    wait_for(first, is_running)
    second = started_elsewhere(tmp_path, "slots=1")
    assert wait_for(second, lambda status: status.state == "queued").message == "Next in the queue."
    third = started_elsewhere(tmp_path, "slots=1")
    waiting = wait_for(third, lambda status: status.state == "queued")
    assert waiting.message == "Waiting for a free place; 1 more waiting ahead."
    assert waiting.step == 0

    control.send(second, "stop")
    assert ended(second).message == "Stopped before it began."
    assert not (second / "checkpoints").exists()
    wait_for(third, lambda status: status.message == "Next in the queue.")

    os.kill(read_status(first).pid, signal.SIGKILL)
    wait_for(third, is_running)
    assert read_status(first).state == "interrupted"

    write_json(first / control.FILE, {"command": "stop"})  # what the dead process has not read
    launch.resume(first)
    wait_for(first, lambda status: status.state == "queued")
    control.send(third, "stop")
    wait_for(first, is_running)

    beside = started_elsewhere(tmp_path, "slots=2")  # a server with another setting
    wait_for(beside, is_running)
    for folder in (first, beside):
        control.send(folder, "stop")
        assert ended(folder).state == "stopped"


@pytest.mark.slow
def test_a_waiting_process_takes_the_next_order_and_hears_a_stop_sent_at_once(tmp_path: Path) -> None:
    launch.get_ready()
    waiting = launch._waiting._process
    launch.get_ready()
    assert launch._waiting._process is waiting, "one is enough"
    folder = launch.start(ENDLESS, tmp_path)
    control.send(folder, "stop")
    assert read_status(folder) is None, "it was asked to stop before it has said a word"
    status = ended(folder)
    assert (status.state, status.pid) == ("stopped", waiting.pid)
    assert launch._waiting._process is None
    assert not (folder / control.FILE).exists()


def test_a_process_without_an_order_ends_with_whoever_started_it() -> None:
    command = "from vit.training.process import launch; launch.get_ready(); print(launch._waiting._process.pid)"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, check=True, capture_output=True, text=True)
    end = time.monotonic() + 60
    while Path(f"/proc/{done.stdout.strip()}").exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not Path(f"/proc/{done.stdout.strip()}").exists()


def test_a_waiting_process_is_let_go_after_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "PATIENCE", 0.1)
    launch.get_ready()
    process = launch._waiting._process
    assert process.wait(60) == 0
    assert launch._waiting.take() is None


@pytest.mark.slow
def test_an_order_for_a_process_that_was_killed_goes_to_another(tmp_path: Path) -> None:
    launch.get_ready()
    launch._waiting._process.kill()
    folder = launch.start(ENDLESS, tmp_path)
    control.send(folder, "stop")
    assert ended(folder).state == "stopped"


@pytest.mark.slow
def test_an_order_that_a_dying_process_took_with_it_is_given_once_more(tmp_path: Path) -> None:
    launch.get_ready()
    process = launch._waiting._process
    os.kill(process.pid, signal.SIGSTOP)  # it takes what is written to it, and reads nothing
    folder = launch.start(ENDLESS, tmp_path)
    control.send(folder, "stop")
    process.kill()
    assert ended(folder).state == "stopped"


def test_the_root_of_all_runs_is_found_from_each(tmp_path: Path) -> None:
    for name in ("2025-09-25/21-04-19", "2025-09-25/21-04-19-sweep/3"):
        folder = tmp_path / name
        Status(state="finished").write(folder)
        assert root_of(folder) == tmp_path.resolve()
    assert {run.name for run in find_runs(tmp_path)} == {"2025-09-25/21-04-19", "2025-09-25/21-04-19-sweep/3"}
