"""A run that was stopped, killed or paused goes on exactly: the losses are those of a run that never was."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.support.runs import TINY, losses, same, spawn, tiny, wait_for, weights
from vit import load_pretrained
from vit.training.learn import checkpoints
from vit.training.process import one_run
from vit.training.run import control
from vit.training.run.files import RunError
from vit.training.run.metrics import read_metrics
from vit.training.run.status import Status, read_status


@pytest.mark.slow
def test_a_killed_run_goes_on_exactly(tmp_path: Path) -> None:
    """Killed by ``kill -9`` in full flight, dropout, augmentation, average and moments in use."""
    whole, killed = tmp_path / "day" / "whole", tmp_path / "day" / "killed"
    arguments = ["vit.train", *TINY, "training.epochs=12", "training.checkpoints=12"]
    first = spawn([*arguments, f"hydra.run.dir={killed}"])
    wait_for(killed, lambda status: status.step > 160)
    with pytest.raises(RunError, match="Another process is at work"):
        one_run.resume(killed)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    status = read_status(killed)
    assert status.state == "interrupted"
    assert max(losses(killed)) < 12 * 140
    resumed = spawn(["vit.train", "--resume", str(killed)])
    assert resumed.wait(timeout=200) == 0, resumed.stdout.read()
    other = spawn([*arguments, f"hydra.run.dir={whole}"])
    assert other.wait(timeout=200) == 0, other.stdout.read()
    assert list(losses(killed)) == list(range(1, 12 * 140 + 1))
    assert same(killed, whole)


def stop_at(folder: Path, step: int) -> object:
    """A watcher that asks for a stop as soon as the run has come to ``step``."""

    def watch(status: Status) -> None:
        if status.step >= step:
            control.send(folder, "stop")

    return watch


@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_stopped_run_goes_on_exactly(tmp_path: Path, threads: int) -> None:
    """With whole batches and dropout, and with batches in halves."""
    whole, stopped = tmp_path / "day" / "whole", tmp_path / "day" / "stopped"
    settings = tiny(epochs=1, threads=threads)
    settings.model.dropout = 0.1 if threads == 1 else 0.0
    one_run.train(settings, whole)
    status = one_run.train(settings, stopped, stop_at(stopped, 1))
    assert status.state == "stopped"
    assert 0 < status.step < 140
    assert max(losses(stopped)) == status.step
    assert load_pretrained(stopped / "checkpoints" / "last").head is not None
    assert one_run.resume(stopped).state == "finished"
    assert same(stopped, whole)


def test_what_was_written_after_the_last_checkpoint_is_done_again(tmp_path: Path) -> None:
    """As after a crash between two checkpoints: the state is older than the table."""
    folder = tmp_path / "day" / "run"
    one_run.train(tiny(epochs=1), folder, stop_at(folder, 1))
    step = read_status(folder).step
    with (folder / "metrics.csv").open("a") as table:
        table.write(f"{step + 1},9,9,9,9,9,9,,\n{step + 2},9,9,9,9,9,9,,\n{step + 3},9,9")
    one_run.resume(folder)
    assert list(losses(folder)) == list(range(1, 141))
    assert 9 not in losses(folder).values()


@pytest.mark.slow
def test_a_longer_run_can_follow(tmp_path: Path) -> None:
    folder = tmp_path / "day" / "run"
    one_run.train(tiny(schedule="constant"), folder)
    assert one_run.resume(folder, ["training.epochs=1"]).step == 140
    whole = tmp_path / "day" / "whole"
    one_run.train(tiny(schedule="constant", epochs=1, warmup=0.025), whole)
    assert checkpoints.series(folder)[-1].step == 140
    assert len(losses(folder)) == 140


@pytest.fixture
def live(tmp_path: Path):
    """A run at work in another thread, long enough for whatever a test wants of it."""
    folder = tmp_path / "day" / "run"
    worker = threading.Thread(target=one_run.train, args=(tiny(epochs=2000, checkpoints=1000), folder))
    worker.start()
    wait_for(folder, lambda status: status.state == "running" and status.step > 0)
    yield folder
    control.send(folder, "stop")
    worker.join(timeout=60)
    assert not worker.is_alive()


def test_pause_step_rate_run_and_stop(live: Path) -> None:
    control.send(live, "pause")
    paused = wait_for(live, lambda status: status.state == "paused")
    time.sleep(0.4)
    still = read_status(live)
    assert (still.state, still.step) == ("paused", paused.step)
    assert checkpoints.series(live)[-1].step == paused.step  # what is shown of a paused run is what it is

    control.send(live, "step", lr=0.25)
    one = wait_for(live, lambda status: status.step > paused.step and status.state == "paused")
    assert one.step == paused.step + 1
    wait_for(live, lambda status: checkpoints.series(live)[-1].step == one.step)
    rate = next(row["lr"] for row in read_metrics(live) if row["step"] == one.step and row["lr"])
    before = next(row["lr"] for row in read_metrics(live) if row["step"] == paused.step and row["lr"])
    assert rate == pytest.approx(25 * before, rel=0.1)

    control.send(live, "run")
    assert wait_for(live, lambda status: status.step > one.step + 3).state == "running"
    control.send(live, "stop")
    stopped = wait_for(live, lambda status: status.state == "stopped")
    assert load_pretrained(live / "checkpoints" / "last").config.n_classes == 10
    assert weights(live)
    assert max(losses(live)) == stopped.step


def test_nonsense_in_the_control_file_is_overheard(live: Path) -> None:
    for text in ("", "[]", "{", '{"command": "explode"}', '{"command": "stop", "lr": "fast", "number": 1}'):
        (live / control.FILE).write_text(text)
        time.sleep(0.05)
    step = read_status(live).step
    wait_for(live, lambda status: status.step > step)


def test_only_sense_can_be_asked(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="choose one of run, pause, step, stop"):
        control.send(tmp_path, "explode")
    with pytest.raises(RunError, match="rate"):
        control.send(tmp_path, "run", lr=-1)


def test_runs_wait_for_a_place_in_the_order_they_came(tmp_path: Path) -> None:
    """One place: the second run waits until the first is done, says so, and can be called off meanwhile."""
    settings = tiny(epochs=2000, checkpoints=1000)
    settings.slots = 1
    folders = [tmp_path / "day" / str(number) for number in range(3)]
    workers = []
    for folder in folders:
        workers.append(threading.Thread(target=one_run.train, args=(settings, folder)))
        workers[-1].start()
        wait_for(folder, lambda status: status.state in ("running", "queued"))
    states = [read_status(folder).state for folder in folders]
    assert states == ["running", "queued", "queued"]
    third = wait_for(folders[2], lambda status: "1 more" in status.message)
    assert third.active
    control.send(folders[1], "stop")
    wait_for(folders[1], lambda status: status.state == "stopped")
    control.send(folders[0], "stop")
    wait_for(folders[2], lambda status: status.state == "running")
    control.send(folders[2], "stop")
    for worker in workers:
        worker.join(timeout=60)
        assert not worker.is_alive()
