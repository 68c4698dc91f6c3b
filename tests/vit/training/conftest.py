"""A whole small run, made once: for reading only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.runs import tiny
from vit.training.process import one_run


@pytest.fixture(scope="package")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole small run."""
    folder = tmp_path_factory.mktemp("runs") / "2025-01-01" / "12-00-00"
    assert one_run.train(tiny(), folder).state == "finished"
    return folder
