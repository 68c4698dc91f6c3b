"""What tests of the page Train share: runs of their own, one of them finished."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.runs import RUN
from ui.parts.train import commands
from ui.session import run_list, trained_models


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of a test's own; the first of them starts at once whatever else this machine is training."""
    monkeypatch.setattr(run_list, "ROOT", tmp_path)
    monkeypatch.setattr(commands, "SLOTS", 0)
    trained_models.offered.clear()
    return tmp_path


@pytest.fixture
def finished(root: Path, trained_once: Path) -> Path:
    """The run, where this test may damage it."""
    return Path(shutil.copytree(trained_once, root / RUN))
