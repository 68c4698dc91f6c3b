"""Paths and names as people give them: a file in a model's folder, an address of the Hub, quotation marks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.support.bare_files import of_timm
from tests.support.families import CASES
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.inspection import inspect
from vit.checkpoints.loading import resolve
from vit.checkpoints.meant import meant
from vit.checkpoints.typed import typed


@pytest.fixture(scope="module")
def sharded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sharded")
    CASES["ViT classifier"].build().save_pretrained(folder, max_shard_size="20kB")
    torch.save({"state": {}}, folder / "optimizer.pt")
    return folder


@pytest.mark.parametrize("name", ["config.json", "model.safetensors.index.json", "model-00001-of-*.safetensors"])
def test_a_file_of_a_models_folder_means_the_folder(name: str, sharded: Path) -> None:
    """Weights alone would leave the number of heads to guessing, which the config beside them tells."""
    [file] = sharded.glob(name)
    assert resolve(file) == sharded
    assert load_pretrained(file).config.heads == 4
    assert inspect(file).opens


def test_the_only_file_of_weights_means_the_folder_too(tmp_path: Path) -> None:
    CASES["ViT classifier"].save(tmp_path)
    model = load_pretrained(tmp_path / "model.safetensors")
    assert (model.config.heads, model.notes) == (4, ())


def test_other_files_in_it_mean_themselves(sharded: Path) -> None:
    assert meant(sharded / "optimizer.pt") == sharded / "optimizer.pt"
    assert meant(sharded) == sharded


def test_beside_a_config_of_a_strange_type_weights_stand_for_themselves(tmp_path: Path) -> None:
    """So that a person has a way round a config that says nothing here."""
    torch.save(of_timm(num_classes=5).state, tmp_path / "pytorch_model.bin")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "my_vit"}))
    assert load_pretrained(tmp_path / "pytorch_model.bin").config.n_classes == 5
    with pytest.raises(CheckpointError, match="of type 'my_vit'"):
        load_pretrained(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(CheckpointError, match=r"neither a model_type.*nor an architecture.*name the file"):
        load_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="neither a model_type"):
        load_pretrained(tmp_path / "config.json")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" facebook/dinov2-small ", "facebook/dinov2-small"),
        ("https://huggingface.co/facebook/dinov2-small", "facebook/dinov2-small"),
        ("https://huggingface.co/facebook/dinov2-small/tree/main?x=1", "facebook/dinov2-small"),
        ("http://hf.co/timm/vit_tiny_patch16_224.augreg_in21k#use", "timm/vit_tiny_patch16_224.augreg_in21k"),
        ('"C:/models/my vit.pth"', "C:/models/my vit.pth"),
        ("'model.pth?heads=6'", "model.pth?heads=6"),
        ("file:///models/my%20vit.pth", "/models/my vit.pth"),
        ("~/model.pth", str(Path.home() / "model.pth")),
        ("models/a~b.pth", "models/a~b.pth"),
        ("https://example.com/facebook/dinov2-small", "https://example.com/facebook/dinov2-small"),
    ],
)
def test_what_belongs_to_the_copying_is_left_out(text: str, name: str) -> None:
    assert typed(text) == name
