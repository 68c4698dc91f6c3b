"""Pictures are read as ``timm.data.create_transform`` reads them."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from tests.support.places import SAMPLES
from tests.support.timm_models import build, save
from vit import ViTConfig, load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.families.processors import preprocessing, to_json
from vit.families.timm_recipe import recipe
from vit.pictures.preprocess import Preprocessing
from vit.reference.file_pixels import read_file
from vit.verify import main

pytestmark = pytest.mark.skipif(find_spec("timm") is None, reason="needs the extra timm")  # not imported here: 3 s

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
CFGS: dict[str, dict[str, Any]] = {
    "AugReg": {"input_size": [3, 224, 224], "crop_pct": 0.9, "mean": [0.5] * 3, "std": [0.5] * 3},
    "MAE": {"input_size": [3, 224, 224], "crop_pct": 0.9, **IMAGENET},
    "DINOv2": {"input_size": [3, 518, 518], "crop_pct": 1.0, "crop_mode": "center", **IMAGENET},
    "SigLIP": {
        "input_size": [3, 256, 256],
        "crop_pct": 0.9,
        "crop_mode": "squash",
        "mean": [0.5] * 3,
        "std": [0.5] * 3,
    },
    "bilinear": {"input_size": [3, 240, 240], "crop_pct": 0.95, "interpolation": "bilinear", **IMAGENET},
    "tall": {"input_size": [3, 256, 192], "crop_pct": 1.0, **IMAGENET},
    "wide, cut": {"input_size": [3, 160, 224], "crop_pct": 0.875, "interpolation": "lanczos", **IMAGENET},
    "tall, squashed": {"input_size": [3, 256, 192], "crop_pct": 0.93, "crop_mode": "squash", **IMAGENET},
    "DeepSeek, with a border": {
        "input_size": [3, 392, 392],
        "crop_pct": 1.0,
        "crop_mode": "border",
        "mean": [0.5] * 3,
        "std": [0.5] * 3,
    },
    "border, cut": {"input_size": [3, 160, 224], "crop_pct": 0.9, "crop_mode": "border", **IMAGENET},
    "border, larger": {"input_size": [3, 256, 192], "crop_pct": 1.1, "crop_mode": "border", **IMAGENET},
    "larger than the picture": {"input_size": [3, 224, 224], "crop_pct": 1.07, **IMAGENET},
    "silent": {"input_size": [3, 224, 224]},
}


def _ours(cfg: dict[str, Any]) -> Preprocessing:
    height, width = cfg["input_size"][1:]
    config = ViTConfig(image_size=(height, width), patch_size=16 if height % 14 else 14)
    return preprocessing(recipe({"architecture": "vit_tiny_patch16_224", "pretrained_cfg": cfg}), "Timm", config)


@pytest.mark.parametrize("shape", [(500, 333), (333, 500), (401, 401), (97, 1000), (223, 225)], ids=str)
@pytest.mark.parametrize("name", CFGS)
def test_every_recipe_makes_timms_pixels(name: str, shape: tuple[int, int], cat: Image.Image) -> None:
    from timm.data import create_transform, resolve_data_config

    picture = cat.convert("RGB").resize(shape)
    theirs = create_transform(**resolve_data_config(pretrained_cfg=CFGS[name]))(picture)[None]
    ours = _ours(CFGS[name])(picture)
    assert ours.shape == theirs.shape
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", CFGS)
def test_a_recipe_written_and_read_again_is_the_same(name: str) -> None:
    found = _ours(CFGS[name])
    config = ViTConfig(image_size=found.size, patch_size=16 if found.size[0] % 14 else 14)
    assert preprocessing(json.loads(json.dumps(to_json(found))), "ViT", config) == found


@pytest.mark.parametrize(
    ("cfg", "words"),
    [
        ({"crop_mode": "random"}, "crop_mode is 'random'"),
        ({"interpolation": "random"}, "interpolation is 'random'"),
        ({"crop_pct": "0.9"}, "crop_pct is '0.9'"),
        ({"crop_pct": 1e-9}, "cannot be"),
        ({"mean": [0.5] * 3, "std": [0.0] * 3}, "image_std"),
    ],
)
def test_what_timm_does_and_we_do_not_is_refused(cfg: dict[str, Any], words: str, tmp_path: Path) -> None:
    folder = save(build("vit_tiny_patch16_224"), tmp_path)
    hub = json.loads((folder / "config.json").read_text())
    hub["pretrained_cfg"] |= cfg
    (folder / "config.json").write_text(json.dumps(hub))
    with pytest.raises(CheckpointError, match=words):
        load_pretrained(folder)


def test_verify_runs_timm_on_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = save(build("deit3_small_patch16_224", img_size=(64, 64)), tmp_path)
    picture = next(path for path in SAMPLES if path.stem == "cat")
    assert main([str(folder), "--against", "timm", "--image", str(picture)]) == 0
    table = capsys.readouterr().out
    assert "blocks.1" in table
    assert "in VisionTransformer" in table
    file = read_file(folder, picture, load_pretrained(folder).preprocessing)
    assert file is not None
    assert file.processor == "timm.data.create_transform"
    assert main([str(folder), "--size", "96", "128", "--image", str(picture)]) == 0, "its positions stretched by timm"
    assert main([str(folder), "--against", "transformers"]) == 2
    assert "compare it with timm" in capsys.readouterr().err


@pytest.mark.parametrize("mode", ["border", "squash", "center"])
def test_verify_makes_the_pixels_of_every_crop_mode(
    mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = save(build("vit_tiny_patch16_224", img_size=(64, 64)), tmp_path)
    hub = json.loads((folder / "config.json").read_text())
    hub["pretrained_cfg"] |= {"input_size": [3, 64, 64], "crop_mode": mode, "crop_pct": 1.0}
    (folder / "config.json").write_text(json.dumps(hub))
    picture = next(path for path in SAMPLES if path.stem == "coffee")
    assert main([str(folder), "--against", "timm", "--image", str(picture), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["pixels"]["largest"] < 1e-4, "of 255 levels"
    assert load_pretrained(folder).preprocessing.border == (mode == "border")


def test_pixels_that_fill_no_patch_are_left_out_as_timm_leaves_them_out(tmp_path: Path) -> None:
    """SigLIP so400m: 384 pixels are 27 patches of 14, and 6 pixels that nothing reads; here 76 are 5 and 6."""
    folder = save(build("vit_so400m_patch14_siglip_384", img_size=(76, 76)), tmp_path)
    assert load_pretrained(folder).preprocessing.size == (70, 70)
    assert main([str(folder)]) == 0


def test_without_relative_positions_beit_takes_other_sizes(tmp_path: Path) -> None:
    changed = {"use_rel_pos_bias": False, "use_abs_pos_emb": True, "img_size": (64, 64)}
    assert main([str(save(build("beitv2_base_patch16_224", **changed), tmp_path)), "--size", "32", "96"]) == 0
