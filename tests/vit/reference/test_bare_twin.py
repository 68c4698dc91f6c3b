"""A file of weights alone, held against the library whose names it bears."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from tests.support.bare_files import Theirs, clip, dinov2, of_timm, of_torchvision
from tests.support.families import CASES as CASES_OF_TRANSFORMERS
from tests.support.families import randomise
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.inspection import inspect
from vit.checkpoints.said import joined
from vit.reference.compare import compare
from vit.reference.libraries import load_reference
from vit.verify import main


def dino() -> Theirs:
    """64 wide: one head is what is guessed."""
    return of_timm(num_heads=1)


CASES = {
    "DINO": lambda: {"teacher": {f"backbone.{key}": value for key, value in dino().state.items()}},
    "DINOv2": lambda: dinov2(of_timm("vit_small_patch14_dinov2", num_heads=1), registers=0),
    "registers, gated": lambda: dinov2(
        of_timm("vit_giant_patch14_reg4_dinov2", num_heads=1, mlp_ratio=2.0), 4, gated=True
    ),
    "classifier": lambda: of_timm(num_heads=1, num_classes=5).state,
    "norm after pooling": lambda: of_timm(num_heads=1, num_classes=5, global_pool="avg").state,
    "two heads": lambda: of_timm("deit_tiny_distilled_patch16_224", num_heads=1, num_classes=5).state,
    "torchvision": lambda: of_torchvision().state,
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_equals_the_library_whose_names_it_bears(name: str, tmp_path: Path) -> None:
    torch.save(CASES[name](), tmp_path / "model.pth")
    model = load_pretrained(tmp_path / "model.pth")
    report = compare(model, load_reference(tmp_path / "model.pth"), torch.randn(2, 3, 32, 32))
    assert report.agrees, report.verdict
    assert len(report.rows) == model.config.depth + 1
    assert (report.logits is not None) == (model.config.n_classes > 0)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save(of_torchvision().state, tmp_path / "model.pth")
    assert main([str(tmp_path / "model.pth")]) == 0
    assert "in VisionTransformer" in capsys.readouterr().out
    assert main([str(tmp_path / "model.pth"), "--size", "40", "40"]) == 2
    assert "32×32" in capsys.readouterr().err
    assert main([str(tmp_path / "model.pth"), "--against", "timm"]) == 2
    assert "timm does not read" in capsys.readouterr().err


def open_clip(**vision: object) -> dict[str, torch.Tensor]:
    """The weights of a small random CLIP of OpenCLIP's, both halves."""
    from open_clip.model import CLIP

    shape = {"image_size": (32, 48), "patch_size": 8, "width": 64, "layers": 2, "head_width": 16, **vision}
    text = {"width": 32, "heads": 2, "layers": 1, "vocab_size": 64, "context_length": 8}
    torch.manual_seed(0)
    return randomise(CLIP(24, shape, text)).state_dict()


@pytest.mark.slow  # OpenCLIP takes seconds to import
@pytest.mark.parametrize(
    "vision",
    [{}, {"ls_init_value": 0.1, "mlp_ratio": 2.7}, {"no_ln_pre": True, "norm_kwargs": {"eps": 1e-3}}],
    ids=["plain", "LayerScale", "another eps"],
)
def test_a_file_equals_openclips_own_model(vision: dict[str, Any], tmp_path: Path) -> None:
    torch.save(open_clip(**vision), tmp_path / "model.pt")
    said = {"heads": 4, "norm_eps": vision.get("norm_kwargs", {}).get("eps", 1e-5), "image_size": (32, 48)}
    name = joined(str(tmp_path / "model.pt"), said)
    twin = load_reference(name, "open_clip")
    report = compare(load_pretrained(name), twin, torch.randn(2, 3, 32, 48))
    assert report.agrees, report.verdict
    assert (twin.name, len(report.rows)) == ("VisionTransformer of OpenCLIP", 3)
    with pytest.raises(CheckpointError, match="its own 32×48 pixels only"):
        compare(load_pretrained(name), twin, torch.randn(1, 3, 32, 32))


def in_layout_of_openclip(folder: Path, **vision: object) -> Path:
    """A folder as ``open_clip.push_to_hf_hub`` writes it, of a small CLIP."""
    said = {"image_size": [32, 48], "patch_size": 8, "width": 64, "layers": 2, "head_width": 16, **vision}
    pictures = {"size": [32, 48], "mean": [0.5, 0.4, 0.3], "std": [0.1, 0.2, 0.3], "resize_mode": "squash"}
    config = {"model_cfg": {"embed_dim": 24, "quick_gelu": True, "vision_cfg": said}, "preprocess_cfg": pictures}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    theirs = of_timm("vit_base_patch16_clip_224", num_heads=4, img_size=(32, 48), depth=2)
    save_file(clip(theirs), folder / "open_clip_model.safetensors")
    return folder


def test_the_config_of_openclip_leaves_nothing_to_guess(tmp_path: Path) -> None:
    model = load_pretrained(in_layout_of_openclip(tmp_path))
    config, pictures = model.config, model.preprocessing
    assert (config.heads, config.activation, config.image_size) == (4, "quick_gelu", (32, 48))
    assert (pictures.mean, pictures.std, pictures.size) == ((0.5, 0.4, 0.3), (0.1, 0.2, 0.3), (32, 48))
    assert pictures.resize == (32, 48), "squashed"
    assert not any("guess" in note for note in model.notes)
    assert not model.questions
    assert inspect(tmp_path).opens


@pytest.mark.parametrize(
    ("vision", "says"),
    [
        ({"timm_model_name": "vit_base_patch16_siglip_224"}, "timm's vit_base_patch16_siglip_224"),
        ({"attentional_pool": True}, "has attentional_pool"),
        ({"head_width": 0}, "head_width is 0"),
        ({"pool_type": "none"}, "pool_type is 'none'; known are tok, avg"),
    ],
)
def test_what_openclip_says_and_cannot_be_shown(vision: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=says):
        load_pretrained(in_layout_of_openclip(tmp_path, **vision))


@pytest.mark.slow
def test_openclips_own_config_opens_as_openclip_runs_it(tmp_path: Path) -> None:
    """One of the configs that OpenCLIP brings, its activation, eps and pictures its own; shrunk."""
    import open_clip as library

    said = library.get_model_config("ViT-B-32-quickgelu")
    said["vision_cfg"] |= {"width": 64, "layers": 2, "head_width": 16, "image_size": 64}
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": said}))
    torch.save(open_clip(image_size=64, patch_size=32), tmp_path / "open_clip_pytorch_model.bin")
    report = compare(load_pretrained(tmp_path), load_reference(tmp_path), torch.randn(2, 3, 64, 64))
    assert report.agrees, report.verdict


def test_a_library_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "open_clip.transformer", None)
    torch.save(clip(of_timm("vit_base_patch16_clip_224", num_heads=1)), tmp_path / "model.pth")
    with pytest.raises(CheckpointError, match="open_clip is not installed: pip install open_clip_torch"):
        load_reference(tmp_path / "model.pth")


def test_names_that_no_library_here_reads(tmp_path: Path) -> None:
    CASES_OF_TRANSFORMERS["CLIP vision"].save(tmp_path)
    (tmp_path / "model.safetensors").rename(tmp_path / "alone.safetensors")
    with pytest.raises(CheckpointError, match="CLIP in transformers' names"):
        load_reference(tmp_path / "alone.safetensors")


@pytest.mark.parametrize(
    "name", ["beit_base_patch16_224", "vit_base_patch16_siglip_224", "vit_relpos_small_patch16_224"]
)
@pytest.mark.slow  # models of full width
def test_timms_architecture_said_behind_the_files_name(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What names and shapes do not tell follows from the architecture; how many classes there are, from the head."""
    import timm

    module = randomise(timm.create_model(name, num_classes=5), std=0.02)
    torch.save(
        {"state_dict": {f"model.{key}": value for key, value in module.state_dict().items()}}, tmp_path / "a.ckpt"
    )
    with pytest.raises(CheckpointError, match=r"a\.ckpt\?architecture="):
        load_pretrained(tmp_path / "a.ckpt")
    assert main([f"{tmp_path / 'a.ckpt'}?architecture={name}"]) == 0
    assert "blocks.11" in capsys.readouterr().out
    assert load_pretrained(f"{tmp_path / 'a.ckpt'}?architecture={name}").config.n_classes == 5
    assert main([f"{tmp_path / 'a.ckpt'}?architecture={name}", "--against", "torchvision"]) == 2
    assert "compare it with timm" in capsys.readouterr().err
