"""``python -m vit.train`` as it is typed: overrides, mistakes, sweeps, several processes."""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path

import pytest

from tests.support.runs import TINY, losses, spawn, wait_for
from vit import load_pretrained
from vit.training import config_file
from vit.training.limits import SettingsError
from vit.training.process import command, launch
from vit.training.run import control
from vit.training.run.listing import find_runs


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder: runs go below it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command in this process."""
    monkeypatch.setattr(sys, "argv", ["vit/train.py", *arguments])
    return command.main()


def test_a_run_from_the_command_line(here: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    assert typed(monkeypatch, *TINY, "training.epochs=0.1", "model.depth=2") == 0
    (run,) = find_runs(here / "runs")
    day, _, time = run.name.partition("/")
    assert (len(day), len(time)) == (10, 8)  # 2025-09-25/21-04-19
    settings = config_file.read(run.folder)
    assert (settings.model.depth, settings.training.epochs) == (2, 0.1)
    assert settings.data.augment.rotate == 12  # of the preset
    said = capsys.readouterr().out
    assert str(run.folder) in said
    assert "finished 100%" in said


@pytest.mark.parametrize(
    ("mistake", "names"),
    [
        ("training.lrr=1", "lrr.*Did you mean training.lr"),
        ("model.deth=8", "deth.*Did you mean model.depth"),
        ("training.lr=fast", "training.lr=fast.*could not be converted to Float"),
        ("training.optimiser=sgd", "training.optimiser=sgd.*adamw, adam"),
        ("model.heads=3", "model.width=8.*model.heads=3"),
        ("preset=mnist-live-2", "preset/mnist-live-2.*mnist-live"),
        ("data=imagenet", "data/imagenet.*mnist-10k"),
        ("+training.foo=1", "foo"),
        ("training.lr", "training.lr"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_run(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys, mistake: str, names: str
) -> None:
    import re

    assert typed(monkeypatch, *TINY, mistake) == 1
    said = capsys.readouterr()
    assert re.search(names, said.err, re.DOTALL), said.err
    assert "Traceback" not in said.err
    assert not find_runs(here / "runs")


@pytest.mark.slow
def test_a_sweep_ends_with_a_table_and_a_figure(here: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    tiny = [argument for argument in TINY if not argument.startswith(("model.depth", "training.lr"))]
    assert (
        typed(monkeypatch, "--multirun", *tiny, "training.epochs=0.1", "model.depth=1,2", "training.lr=1e-2,5e-3") == 0
    )
    runs = find_runs(here / "runs")
    assert len(runs) == 4
    assert {run.title for run in runs} == {f"model.depth={d}, training.lr={r}" for d in (1, 2) for r in (0.01, 0.005)}
    sweep = runs[0].folder.parent
    with (sweep / "summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["finished"] * 4
    best = [float(row["best accuracy"]) for row in rows]
    assert best == sorted(best, reverse=True)
    assert (sweep / "comparison.png").stat().st_size > 10_000
    assert "best accuracy" in capsys.readouterr().out


def test_one_wrong_member_stops_a_sweep_before_it_begins(here: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    assert typed(monkeypatch, "--multirun", *TINY, "training.epochs=0.1", "training.clip=1,-1") == 1
    assert "training.clip=-1" in capsys.readouterr().err
    assert not find_runs(here / "runs")


def test_a_member_that_fails_does_not_take_the_others_along(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    sweep = ["--multirun", *TINY, "training.epochs=0.1", "model.patch_size=5,14"]
    assert typed(monkeypatch, *sweep) == 1
    assert sorted(run.status.state for run in find_runs(here / "runs")) == ["failed", "finished"]
    assert "model.patch_size=5" in capsys.readouterr().err


def test_resuming_what_is_no_run(here: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    assert typed(monkeypatch, "--resume", "nowhere") == 1
    assert "nowhere is no run" in capsys.readouterr().err


def test_a_run_of_its_own_process(tmp_path: Path) -> None:
    """What the interface does: start, watch the folder, stop. A strange folder name is no trouble."""
    with pytest.raises(SettingsError, match=r"Did you mean training\.lr"):
        launch.start([*TINY, "training.lrr=1"], tmp_path)
    assert not list(tmp_path.iterdir())
    folder = launch.start([*TINY, "training.epochs=5000"], tmp_path / "it's [a], run=1")
    wait_for(folder, lambda status: status.step > 3)
    control.send(folder, "stop")
    assert wait_for(folder, lambda status: not status.active).state == "stopped"
    assert load_pretrained(folder / "checkpoints" / "last").config.depth == 1


@pytest.mark.slow
def test_two_processes_make_the_run_that_one_makes(tmp_path: Path) -> None:
    """Over gloo, the same global batch: the same losses within rounding."""
    settings = [*TINY, "training.epochs=0.3", "model.dropout=0", "training.precision=fp32"]
    two = spawn(
        [
            "torch.distributed.run",
            "--nproc-per-node",
            "2",
            "-m",
            "tests.support.threads_left",
            *settings,
            f"hydra.run.dir={tmp_path}/day/two",
        ]
    )
    said, _ = two.communicate(timeout=250)
    assert two.returncode == 0, said
    assert said.count("threads left: []") == 2, "one of them may still want Python when there is none any more"
    one = spawn(["vit.train", *settings, f"hydra.run.dir={tmp_path}/day/one"])
    assert one.wait(timeout=250) == 0, one.stdout.read()
    first, second = losses(tmp_path / "day" / "one"), losses(tmp_path / "day" / "two")
    assert list(first) == list(second) == list(range(1, 43))
    assert all(math.isclose(first[step], second[step], rel_tol=1e-4) for step in first)
    assert first[42] < first[1] - 0.2
    assert config_file.read(tmp_path / "day" / "two").training.batch == 64
