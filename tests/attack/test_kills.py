"""``kill -9`` at random moments of a training: it goes on each time, and ends as if nothing had happened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.places import ROOT
from tests.support.runs import losses, same
from vit.training.run.files import sweep
from vit.training.run.status import read_status


def disturbed(folder: Path, kills: int, seed: int) -> int:
    """How often a run was killed before it came to its end, which is that of a run left alone."""
    command = [sys.executable, "-m", "tests.attack.kills", str(folder), str(kills), str(seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3000)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
    print(done.stdout[-300:])
    whole, *others = sorted((folder / "day").iterdir(), reverse=True)
    assert whole.name == "whole"
    assert others
    for killed in others:
        assert read_status(killed).state == read_status(whole).state == "finished"
        assert list(losses(killed)) == list(range(1, max(losses(whole)) + 1))
        assert same(killed, whole)
        assert not list(killed.rglob("*.tmp")), "what a killed process left half done is cleared away"
    return int(done.stdout.split()[-1])


@pytest.mark.slow
@pytest.mark.timeout(3100)
def test_fifty_kills(tmp_path: Path) -> None:
    assert disturbed(tmp_path, kills=50, seed=0) == 50


def test_what_was_left_half_done_is_cleared_away_and_nothing_else(tmp_path: Path) -> None:
    stays = [".control.json.7.tmp", ".title.txt.7.tmp", "status.json", "notes.tmp", "checkpoints/best/config.json"]
    goes = [".state.safetensors.7.tmp", "checkpoints/.7.tmp/config.json", "checkpoints/last/.model.safetensors.7.tmp"]
    for name in (*stays, *goes):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    sweep(tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == sorted(stays)
