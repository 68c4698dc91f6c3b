"""Each naming scheme without a config.json: what is opened equals the library it came from, block by block."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.support.bare_files import clip, dinov2, dinov3, of_timm, of_torchvision, same, under
from tests.support.families import CASES
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.families.bare.scheme import guessed_heads

TOLERANCE = 1e-4


@pytest.mark.parametrize("registers", [0, 4])
@pytest.mark.parametrize("gated", [False, True])
def test_dinov2_of_its_authors(registers: int, gated: bool, tmp_path: Path) -> None:
    name = "vit_giant_patch14" if gated else "vit_small_patch14"
    theirs = of_timm(f"{name}{f'_reg{registers}' if registers else ''}_dinov2", mlp_ratio=2.0)
    torch.save(dinov2(theirs, registers, gated), tmp_path / "dinov2.pth")
    model = load_pretrained(tmp_path / "dinov2.pth", heads=4)
    assert "DINOv2" in model.notes[0]
    assert model.config.prefix == ("cls", *(f"reg{i}" for i in range(registers)))
    same(model, theirs)


@pytest.mark.parametrize("name", ["DINOv3", "DINOv3 gated"])
def test_dinov3_of_its_authors(name: str, tmp_path: Path) -> None:
    """The number of heads is told by the periods of its positions."""
    folder = CASES[name].save(tmp_path / "folder")
    theirs = load_file(folder / "model.safetensors")
    torch.save({"teacher": under("backbone.", dinov3(theirs, gated="gated" in name))}, tmp_path / "dinov3.pth")
    whole = load_pretrained(folder)
    alone = load_pretrained(tmp_path / "dinov3.pth", rope_theta=whole.config.rope_theta)
    assert replace(alone.config, image_size=(32, 32)) == whole.config
    pixels = torch.randn(2, 3, 40, 56)
    assert torch.equal(alone.trace(pixels).final, whole.trace(pixels).final)


@pytest.mark.parametrize("older", [False, True])
def test_torchvision(older: bool, tmp_path: Path) -> None:
    theirs = of_torchvision()
    state = theirs.state
    if older:
        state = {k.replace("mlp.0", "mlp.linear_1").replace("mlp.3", "mlp.linear_2"): v for k, v in state.items()}
        assert any("linear_2" in key for key in state)
    torch.save(state, tmp_path / "vit_b_16.pth")
    model = load_pretrained(tmp_path / "vit_b_16.pth", heads=4, labels=["ant", "bee", "cat"])
    same(model, theirs)
    assert model.config.labels == ("ant", "bee", "cat")


@pytest.mark.parametrize("authors", [False, True])
def test_clip_in_its_authors_names(authors: bool, tmp_path: Path) -> None:
    """The authors' files hold the size of their pictures; those of OpenCLIP have the exact GELU."""
    theirs = of_timm(f"vit_base_patch16_clip_{'quickgelu_' if authors else ''}224")
    state = clip(theirs) | ({"input_resolution": torch.tensor(32)} if authors else {})
    save_file({key: value.contiguous() for key, value in state.items()}, tmp_path / "open_clip_model.safetensors")
    model = load_pretrained(tmp_path / "open_clip_model.safetensors", heads=4)
    assert model.config.activation == ("quick_gelu" if authors else "gelu")
    same(model, theirs)


@pytest.mark.parametrize("in_memory", [False, True])
@pytest.mark.parametrize(
    "name",
    ["ViT classifier", "ViT without qkv bias", "ViT masked", "MAE", "DINOv2", "DINOv2 classifier", "registers", "CLIP",
     "CLIP projection", "SigLIP", "SigLIP classifier", "SigLIP without head"],
)  # fmt: skip
def test_transformers_names_without_a_config(name: str, in_memory: bool, tmp_path: Path) -> None:
    """The same numbers as with its ``config.json``, by the names of its files and by those in memory."""
    folder = CASES[name].save(tmp_path / "folder")
    state = CASES[name].build().state_dict() if in_memory else load_file(folder / "model.safetensors")
    torch.save({"model": state}, tmp_path / "model.pth")
    whole = load_pretrained(folder)
    config = whole.config
    said = {"heads": 4, "activation": config.activation}
    alone = load_pretrained(tmp_path / "model.pth", **said)
    assert replace(alone.config, labels=()) == replace(config, labels=(), layer_scale=alone.config.layer_scale)
    pixels = torch.randn(2, 3, 32, 32)
    assert torch.equal(alone.trace(pixels).final, whole.trace(pixels).final)
    assert torch.equal(alone(pixels), whole(pixels))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("vit_tiny_patch16_224", {"num_classes": 5}),
        ("vit_tiny_patch16_224", {"num_classes": 5, "class_token": False, "global_pool": "avg", "fc_norm": False}),
        ("vit_tiny_patch16_224", {"num_classes": 5, "global_pool": "avg"}),
        ("deit_tiny_distilled_patch16_224", {"num_classes": 5}),
        ("deit3_small_patch16_224", {"num_classes": 5}),
        ("vit_tiny_patch16_224", {"img_size": (16, 64)}),
    ],
    ids=str,
)
def test_what_shapes_tell(name: str, values: dict[str, Any], tmp_path: Path) -> None:
    theirs = of_timm(name, **values)
    torch.save(theirs.state, tmp_path / "model.pth")
    size = values.get("img_size", (32, 32))
    model = load_pretrained(tmp_path / "model.pth", heads=4, image_size=size)
    same(model, theirs, size)


@pytest.mark.parametrize(
    ("width", "heads"),
    [(192, 3), (384, 6), (768, 12), (896, 14), (1024, 16), (1152, 16), (1280, 16), (1408, 16), (1536, 24), (1664, 16)],
)
def test_heads_of_published_models(width: int, heads: int) -> None:
    """ViT-Ti, -S, -B, B+, -L, so400m, -H, -g, DINOv2's g, -G."""
    assert guessed_heads({"width": width})["heads"].value == heads


def test_registers_that_take_no_bytes_take_no_memory(tmp_path: Path) -> None:
    state = dict(of_timm().state) | {"register_tokens": torch.zeros(1, 10**9, 0)}
    torch.save(state, tmp_path / "model.pth")
    with pytest.raises(CheckpointError, match="1,000,000,000 registers"):
        load_pretrained(tmp_path / "model.pth")


def test_timms_architecture_said_of_a_file(tmp_path: Path) -> None:
    """What names and shapes do not tell, as SigLIP's pooling, follows from the architecture's name."""
    theirs = of_timm("vit_base_patch16_siglip_224", num_classes=0)
    torch.save({"state_dict": under("visual.trunk.", theirs.state)}, tmp_path / "model.pth")
    with pytest.raises(CheckpointError, match="attn_pool"):
        load_pretrained(tmp_path / "model.pth", heads=4)
    shape = {"img_size": 32, "patch_size": 8, "embed_dim": 64, "depth": 3, "num_heads": 4}
    model = load_pretrained(
        tmp_path / "model.pth", architecture="vit_base_patch16_siglip_224", model_args=shape, num_classes=0
    )
    assert model.config.pooling == "map"
    same(model, theirs)
