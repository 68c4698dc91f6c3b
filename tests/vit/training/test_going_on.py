"""Going on from a trained model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.support.models import random_model
from tests.support.pictures import classes, zipped
from tests.support.runs import tiny
from vit import ViTConfig, load_pretrained
from vit.checkpoints.loading import save_pretrained
from vit.training import config_file
from vit.training.process import one_run


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model without a head, for colour pictures of 16 × 24, with learned positions."""
    folder = tmp_path_factory.mktemp("backbone")
    config = ViTConfig(image_size=(16, 24), patch_size=8, width=16, depth=2, heads=2, mlp_width=32)
    save_pretrained(random_model(config), folder)
    return folder


@pytest.mark.parametrize("kind", ["thawed", "frozen", "probe"])
def test_going_on_from_a_trained_model(backbone: Path, tmp_path: Path, kind: str) -> None:
    settings = config_file.to_settings(
        {
            "model": {"start": str(backbone), "pooling": "cls+mean"},
            "data": {"name": "folder", "path": str(zipped(tmp_path / "set.zip", classes(12))), "image_size": 32},
            "training": {
                "backbone": kind,
                "epochs": 8,
                "batch": 4,
                "lr": 0.01,
                "checkpoints": 2,
                "backbone_rate": 0.01,
            },
        }
    )
    folder = tmp_path / "day" / kind
    assert one_run.train(settings, folder).best_accuracy == 1.0  # red and blue
    begin, model = load_pretrained(backbone), load_pretrained(folder / "checkpoints" / "last")
    assert model.config.labels == ("blue", "red")
    assert model.head.in_features == 32
    assert model.config.image_size == (32, 32)
    assert model.position.shape == (17, 16)  # resampled from 2 × 3 to 4 × 4 patches, and CLS
    moved = [not torch.equal(p, dict(begin.named_parameters())[n]) for n, p in model.blocks.named_parameters("blocks")]
    assert all(moved) if kind == "thawed" else not any(moved)
    assert (model.head.weight != 0).any()


def test_grey_pictures_are_shown_to_a_model_for_colour(backbone: Path, tmp_path: Path) -> None:
    settings = tiny(epochs=0.05)
    settings.model.start, settings.data.image_size, settings.training.backbone = str(backbone), 16, "probe"
    one_run.train(settings, tmp_path / "day" / "run")
    assert load_pretrained(tmp_path / "day" / "run" / "checkpoints" / "best").config.channels == 3
