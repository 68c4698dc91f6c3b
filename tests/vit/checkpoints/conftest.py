"""A small checkpoint as transformers saves it, to read or to spoil; a Hub on this machine that offers some."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from tests.support.families import CASES
from tests.support.hub_server import MODEL, Hub, serve
from tests.support.models import saved_model


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return CASES["ViT classifier"].save(tmp_path_factory.mktemp("original"))


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A fresh copy of a good checkpoint, to be spoilt."""
    return Path(shutil.copytree(original, tmp_path / "model"))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What the Hub offers: a model, a sharded one, one without recipe, and what cannot be shown."""
    root = tmp_path_factory.mktemp("hub")
    saved_model(root / "whole")
    CASES["ViT classifier"].save(root / "sharded", max_shard_size="30KB")
    shutil.copytree(root / "whole", root / "swin")
    (root / "swin" / "config.json").write_text(json.dumps({"model_type": "swin"}))
    shutil.copytree(root / "whole", root / "weightless", ignore=shutil.ignore_patterns("*.safetensors"))
    shutil.copytree(root / "whole", root / "configless", ignore=shutil.ignore_patterns("config.json"))
    return {MODEL: root / "whole"} | {f"someone/{f.name}": f for f in root.iterdir()}


@pytest.fixture
def hub(folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serve(Hub(folders)) as running:
        monkeypatch.setattr(constants, "ENDPOINT", running.url)
        address = running.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        for name in ("HF_TOKEN", "HF_HUB_OFFLINE"):  # whatever the person running the tests has set
            monkeypatch.delenv(name, raising=False)
        yield running
