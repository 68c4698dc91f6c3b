"""Files of weights alone, in the forms in which they are handed round, opened and held against their libraries."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from tests.support.bare_files import State, of_timm, same, under
from tests.support.families import CASES
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError

TOLERANCE = 1e-4


def chunked(state: State) -> State:
    """Blocks spread over pieces of two, each numbered on from the one before it."""

    def rename(key: str) -> str:
        _, number, rest = key.split(".", 2)
        return f"blocks.{int(number) // 2}.{number}.{rest}"

    return {rename(key) if key.startswith("blocks.") else key: value for key, value in state.items()}


def zeros(state: State) -> State:
    return {key: torch.zeros_like(value) for key, value in state.items()}


NOTES = {"epoch": 9, "args": argparse.Namespace(arch="vit_small"), "optimizer": {"state": {0: {"m": torch.ones(3)}}}}
PROJECTION = {"head.mlp.0.weight": torch.ones(4, 64), "head.last_layer.weight_g": torch.ones(4, 1)}
# Name → how a plain state dict of these names is handed round.
CONTAINERS: dict[str, Callable[[State], dict[str, Any]]] = {
    "alone": lambda state: state,
    "DINO": lambda state: {
        "student": under("module.backbone.", zeros(state)),
        "teacher": under("module.", under("backbone.", state) | PROJECTION),
        **NOTES,
    },
    "iBOT": lambda state: {"teacher": under("backbone.", {**state, "masked_embed": torch.ones(1, 64)} | PROJECTION)},
    "DINOv2 in chunks": lambda state: {
        "teacher": under("backbone.", chunked(state)) | {"dino_head.mlp.0.weight": torch.ones(4, 64)}
    },
    "MAE": lambda state: {"model": state | {"mask_token": torch.ones(1, 1, 16)} | DECODER, **NOTES},
    "Lightning": lambda state: {
        "state_dict": under("model.", state), "pytorch-lightning_version": "2.5", "hyper_parameters": {"lr": 0.1},
    },
    "compiled": lambda state: under("_orig_mod.", state),
    "EMA": lambda state: {"state_dict": zeros(state), "state_dict_ema": state, "arch": "vit"},
    "an averaged model": lambda state: {"n_averaged": torch.tensor(3)} | under("module.", state),
}  # fmt: skip
DECODER = {
    "decoder_embed.weight": torch.ones(16, 64), "decoder_pos_embed": torch.ones(1, 17, 16),
    "decoder_blocks.0.norm1.weight": torch.ones(16), "decoder_norm.weight": torch.ones(16),
    "decoder_pred.weight": torch.ones(192, 16),
}  # fmt: skip


@pytest.mark.parametrize("container", CONTAINERS)
def test_containers_of_the_same_model(container: str, tmp_path: Path) -> None:
    theirs = of_timm()
    torch.save(CONTAINERS[container](theirs.state), tmp_path / "checkpoint.pth")
    model = load_pretrained(tmp_path / "checkpoint.pth", heads=4)
    same(model, theirs)
    assert any("norm_eps=1e-06 is a guess" in note for note in model.notes)
    assert not any("heads" in note for note in model.notes)


def test_what_is_said_comes_before_what_is_guessed(tmp_path: Path, cat: Image.Image) -> None:
    theirs = of_timm(embed_dim=192, num_heads=6)
    torch.save(theirs.state, tmp_path / "model.pth")
    guessed = load_pretrained(tmp_path / "model.pth", heads=None)
    assert guessed.config.heads == 3
    assert [note for note in guessed.notes if note.startswith("heads=3 is a guess")]
    said = load_pretrained(tmp_path / "model.pth", heads=6, activation="gelu_tanh", norm_eps=1e-5, mean=[0.5] * 3)
    assert (said.config.heads, said.config.activation, said.config.norm_eps) == (6, "gelu_tanh", 1e-5)
    assert said.preprocessing.mean == (0.5, 0.5, 0.5)
    assert (guessed.preprocessing.size, guessed.preprocessing.resize) == ((32, 32), 37)
    assert said.preprocess(cat).shape == (1, 3, 32, 32)
    assert not [note for note in said.notes if note.startswith(("heads", "activation", "norm_eps"))]


def test_another_part_of_the_file_can_be_asked_for(tmp_path: Path) -> None:
    theirs = of_timm()
    torch.save({"student": under("backbone.", theirs.state), "teacher": zeros(theirs.state)}, tmp_path / "c.pth")
    assert "part='student.backbone'" in " ".join(load_pretrained(tmp_path / "c.pth", heads=4).notes)
    same(load_pretrained(tmp_path / "c.pth", heads=4, part="student"), theirs)


def test_a_folder_with_one_file_of_weights_and_no_config(tmp_path: Path) -> None:
    theirs = of_timm()
    torch.save(theirs.state, tmp_path / "model.pth")
    (tmp_path / "README.md").write_text("weights")
    same(load_pretrained(tmp_path, heads=4), theirs)
    torch.save(theirs.state, tmp_path / "other.pth")
    with pytest.raises(CheckpointError, match=r"no config\.json"):
        load_pretrained(tmp_path, heads=4)


@pytest.mark.parametrize(
    ("change", "said", "word"),
    [
        (lambda s: s.pop("blocks.1.mlp.fc2.bias"), {}, "lacks blocks.1.mlp.fc2.bias"),
        (lambda s: s.update({"blocks.1.lora.weight": torch.ones(2)}), {}, "no use"),
        (lambda s: s.pop("blocks.0.attn.qkv.weight"), {}, "no scheme"),
        (lambda s: s.update({"pos_embed": torch.ones(1, 15, 64)}), {}, "image_size"),
        (lambda s: s.update({"blocks.0.norm1.weight": torch.ones(32)}), {}, "(32,)"),
        (lambda s: s.update({"patch_embed.proj.weight": torch.ones(64, 3, 8, 4)}), {}, "square"),
        (lambda s: s.update({"blocks.7.norm1.weight": torch.ones(64)}), {}, "row of blocks"),
        (lambda s: s.update({"norm.weight": torch.full((64,), float("nan"))}), {}, "NaN"),
        (lambda s: s.update({f"other.{k}": v for k, v in list(s.items())}), {}, "part"),
        (lambda s: s.update({"head.weight": torch.ones(5, 63)}), {}, "(5, 63)"),
        (lambda s: s, {"heads": 5}, "5 heads"),
        (lambda s: s, {"heads": "many"}, "heads"),
        (lambda s: s, {"colour": 1}, "colour"),
        (lambda s: s, {"mean": [1, 2]}, "mean"),
        (lambda s: s, {"size": "large"}, "size is 'large'"),
        (lambda s: s, {"image_size": (64, 64)}, "64×64"),
        (lambda s: s, {"image_size": [32]}, "image_size is (32,)"),
        (lambda s: s, {"part": "student"}, "models"),
        (lambda s: s, {"labels": ["ant"]}, "labels"),
    ],
)
def test_what_does_not_fit_is_named(change: Callable[[State], Any], said: dict, word: str, tmp_path: Path) -> None:
    state = dict(of_timm().state)
    change(state)
    torch.save(state, tmp_path / "model.pth")
    with pytest.raises(CheckpointError) as caught:
        load_pretrained(tmp_path / "model.pth", **said)
    assert word in str(caught.value)
    assert "model.pth" in str(caught.value)


def test_nothing_can_be_said_of_what_has_a_config(small_folders: dict[str, Path]) -> None:
    with pytest.raises(CheckpointError, match="heads"):
        load_pretrained(small_folders["cls"], heads=2)


def test_whoever_knows_what_a_config_would_say_can_say_it(tmp_path: Path) -> None:
    folder = CASES["ViT classifier"].save(tmp_path / "folder")
    said = json.loads((folder / "config.json").read_text())
    torch.save({"state_dict": load_file(folder / "model.safetensors")}, tmp_path / "model.pth")
    pixels = torch.randn(1, 3, 32, 32)
    alone, whole = load_pretrained(tmp_path / "model.pth", **said), load_pretrained(folder)
    assert alone.config == whole.config
    assert torch.equal(alone(pixels), whole(pixels))
    with pytest.raises(CheckpointError, match="swin"):
        load_pretrained(tmp_path / "model.pth", model_type="swin")


def test_a_square_with_no_place_for_cls_is_said_to_be_a_guess(tmp_path: Path) -> None:
    """24 patches and CLS, or a square of 25 and a CLS without a position: shapes do not tell."""
    theirs = of_timm(img_size=(32, 48))
    torch.save(theirs.state, tmp_path / "model.pth")
    assert "CLS has no position of its own is a guess" in " ".join(load_pretrained(tmp_path / "model.pth").notes)
    model = load_pretrained(tmp_path / "model.pth", image_size=(32, 48), heads=4)
    same(model, theirs, (32, 48))
    assert "CLS has no position" not in " ".join(model.notes)
