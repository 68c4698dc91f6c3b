"""A small checkpoint as transformers saves it, to read or to spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.families import CASES


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return CASES["ViT classifier"].save(tmp_path_factory.mktemp("original"))


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A fresh copy of a good checkpoint, to be spoilt."""
    return Path(shutil.copytree(original, tmp_path / "model"))
