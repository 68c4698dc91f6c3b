"""The same weights under other names open as the same model: transformers' own in memory, and what wraps a model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_model

from tests.support.checkpoints import edit_weights
from tests.support.families import CASES, Case
from tests.support.more_families import KIN
from tests.support.towers import INSIDE
from vit import ViT, load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.families.wrappers import peeled, without, wrapped_in
from vit.reference.compare import compare
from vit.reference.libraries import load_reference

ALL = {**CASES, **KIN, **INSIDE}
FEW = (
    "ViT classifier",
    "DINOv2 SwiGLU",
    "DINOv3 gated",
    "BEiT classifier",
    "AltCLIP",
    "GIT that writes",
    "BLIP-2 that finds",
)
WAYS: dict[str, Callable[[Any, Path], object]] = {
    "save_pretrained": lambda model, folder: model.save_pretrained(folder, save_original_format=False),
    "state_dict": lambda model, folder: torch.save(model.state_dict(), folder / "pytorch_model.bin"),
    "save_model": lambda model, folder: save_model(model, str(folder / "model.safetensors")),
}


def equal(one: ViT, other: ViT) -> None:
    assert one.config == other.config
    for name, tensor in one.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name]), name


@pytest.mark.parametrize("name", [name if name in FEW else pytest.param(name, marks=pytest.mark.slow) for name in ALL])
def test_the_names_of_memory_open_too(name: str, tmp_path: Path) -> None:
    model = ALL[name].build()
    model.save_pretrained(tmp_path / "hub")
    model.save_pretrained(tmp_path / "memory", save_original_format=False)
    equal(load_pretrained(tmp_path / "hub"), load_pretrained(tmp_path / "memory"))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["ViT classifier", "DINOv2 SwiGLU", "SigLIP", "LLaVA"])
def test_however_it_is_written(name: str, way: str, tmp_path: Path) -> None:
    model = ALL[name].build()
    model.save_pretrained(tmp_path / "hub")
    (tmp_path / "memory").mkdir()
    model.config.save_pretrained(tmp_path / "memory")
    WAYS[way](model, tmp_path / "memory")
    equal(load_pretrained(tmp_path / "hub"), load_pretrained(tmp_path / "memory"))


@pytest.mark.parametrize("wrapper", ["model.", "_orig_mod.module.base_model.model."])
@pytest.mark.parametrize("original", [True, False], ids=["hub", "memory"])
@pytest.mark.parametrize("name", ["ViT classifier", "DINOv3", "TrOCR", "LLaVA"])
def test_what_wraps_a_model_is_peeled_off_here_and_in_verify(
    name: str, original: bool, wrapper: str, tmp_path: Path
) -> None:
    case: Case = ALL[name]
    plain = load_pretrained(case.save(tmp_path / "plain", save_original_format=original))
    folder = case.save(tmp_path / "wrapped", save_original_format=original)

    def wrap(state: dict[str, torch.Tensor]) -> None:
        for key in list(state):
            state[wrapper + key] = state.pop(key)

    edit_weights(folder, wrap)
    model = load_pretrained(folder)
    equal(plain, model)
    report = compare(model, load_reference(folder), torch.randn(1, 3, *model.config.image_size))
    assert report.agrees, report.verdict


def test_a_wrapper_on_some_keys_alone_is_refused(tmp_path: Path) -> None:
    folder = CASES["ViT classifier"].save(tmp_path)
    edit_weights(folder, lambda state: state.update({"module.classifier.bias": state.pop("classifier.bias")}))
    with pytest.raises(CheckpointError, match=r"lacks classifier\.bias"):
        load_pretrained(folder)


def test_keys_that_no_part_of_the_checkpoint_has_are_named(tmp_path: Path) -> None:
    folder = INSIDE["LLaVA"].save(tmp_path)
    edit_weights(folder, lambda state: state.update({"vision_tower.adapter.weight": torch.zeros(2)}))
    with pytest.raises(CheckpointError, match=r"adapter\.weight.*no use"):
        load_pretrained(folder)


@pytest.mark.parametrize("name", [name if name in FEW else pytest.param(name, marks=pytest.mark.slow) for name in ALL])
def test_blocks_that_config_json_does_not_know_are_never_left_out(name: str, tmp_path: Path) -> None:
    """Whatever is set aside as another part of a checkpoint: a block of its Vision Transformer is none."""
    folder = ALL[name].save(tmp_path)
    hub = json.loads((folder / "config.json").read_text())
    sections = [hub, *(hub.get(key) for key in ("vision_config", "image_config", "backbone_config", "encoder"))]
    for section in sections:
        if section and "num_hidden_layers" in section:
            section["num_hidden_layers"] -= 1
    (folder / "config.json").write_text(json.dumps(hub))
    with pytest.raises(CheckpointError, match=r"layers?\.\d.*no use"):
        load_pretrained(folder)


def test_a_wrapper_is_what_every_key_carries() -> None:
    assert wrapped_in(["module.a", "module.b"]) == "module."
    assert wrapped_in(["_orig_mod.module.a", "_orig_mod.module.b"]) == "_orig_mod.module."
    assert wrapped_in(["base_model.model.a"]) == "base_model.model."
    assert wrapped_in(["model.a", "b"]) == ""
    assert wrapped_in(["backbone.a"]) == ""
    assert wrapped_in([]) == ""


def test_prefixes_come_off_in_their_order_and_once() -> None:
    assert without("encoder.encoder.layer", ["encoder."]) == "encoder.layer"
    assert without("vision_tower.vision_model.x", ["model.", "vision_tower.", "vision_model."]) == "x"
    assert without("vision_model.vision_tower.x", ["vision_tower.", "vision_model."]) == "vision_tower.x"


def test_other_parts_keep_their_names() -> None:
    keys = ["module.model.vision_tower.a", "module.lm_head.b"]
    assert peeled(keys, ["model.", "vision_tower."]) == {"a": keys[0], "lm_head.b": keys[1]}
