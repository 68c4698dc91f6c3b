"""An adapter's base in its own library, the adapter put on it by PEFT, against ours."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.support.families import CASES, randomise
from tests.support.places import SAMPLES
from tests.support.timm_models import build, save
from tests.vit.checkpoints.test_adapters import QV, adapted, base_and_adapter
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.said import joined
from vit.reference.compare import compare
from vit.reference.libraries import library_of, load_reference
from vit.verify import main

pytestmark = pytest.mark.slow  # PEFT takes ten seconds to import


def named(folder: Path, base: str = "base", **said: Any) -> str:
    return joined(str(folder / "adapter"), {"base": str(folder / base), **said})


def agrees(name: str, depth: int) -> str:
    """Every block, patterns and what comes out; the name of what was compared with."""
    model, twin = load_pretrained(name), load_reference(name)
    torch.manual_seed(1)
    report = compare(model, twin, torch.randn(2, 3, *model.config.image_size))
    assert report.agrees, report.verdict
    assert len(report.rows) == depth + 1
    assert (report.logits is not None) == (model.config.n_classes > 0)
    return twin.name


@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("ViT classifier", {"modules_to_save": ["classifier"]}),
        (
            "ViT classifier",
            {"use_rslora": True, "alpha_pattern": {"v_proj": 3}, "rank_pattern": {"layers.1.*q_proj": 2}},
        ),
        ("DINOv2", {"target_modules": "all-linear", "bias": "all"}),
        ("DINOv2 SwiGLU", {"target_modules": ["up_proj", "down_proj"], "modules_to_save": ["gate_proj"]}),
        ("CLIP vision", {"target_modules": [*QV, "patch_embedding", "position_embedding"]}),
        ("SigLIP vision", {"target_modules": ["k_proj", "fc2", "attention"]}),
        ("CLIP", {}),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("original", [True, False], ids=["hub", "memory"])
def test_equal_in_every_block_on_transformers_models(
    case: str, options: dict[str, Any], original: bool, tmp_path: Path
) -> None:
    base_and_adapter(CASES[case], tmp_path, original, **options)
    assert agrees(named(tmp_path), 3).endswith(" with PEFT's adapter")
    assert library_of(named(tmp_path)) == "transformers"


def test_a_head_that_the_base_has_not(tmp_path: Path) -> None:
    CASES["ViT with pooler"].save(tmp_path / "base")
    model = CASES["ViT classifier"].build()
    model.classifier = randomise(nn.Linear(32, 5))
    adapted(model, tmp_path / "adapter", modules_to_save=["classifier"])
    assert agrees(named(tmp_path), 3) == "ViTForImageClassification with PEFT's adapter"


def test_both_in_one_folder(tmp_path: Path) -> None:
    base_and_adapter(CASES["ViT classifier"], tmp_path)
    shutil.copytree(tmp_path / "base", tmp_path / "adapter", dirs_exist_ok=True)
    agrees(str(tmp_path / "adapter"), 3)


def test_on_a_folder_of_timms(tmp_path: Path) -> None:
    save(build("vit_small_patch14_reg4_dinov2"), tmp_path / "base")
    adapted(build("vit_small_patch14_reg4_dinov2"), tmp_path / "adapter", target_modules=["qkv", "fc1"])
    assert agrees(named(tmp_path), 2) == "VisionTransformer with PEFT's adapter"
    assert library_of(named(tmp_path)) == "timm"


def test_a_new_head_on_a_folder_of_timms(tmp_path: Path) -> None:
    save(build("vit_tiny_patch16_224"), tmp_path / "base")
    module = build("vit_tiny_patch16_224", num_classes=7)
    adapted(module, tmp_path / "adapter", target_modules=["qkv"], modules_to_save=["head"])
    agrees(named(tmp_path), 2)
    assert load_pretrained(named(tmp_path)).config.n_classes == 7


def of_torchvision() -> nn.Module:
    from torchvision.models.vision_transformer import VisionTransformer

    torch.manual_seed(0)
    return randomise(VisionTransformer(32, 8, 3, 4, 64, 96, num_classes=3).eval())


def of_open_clip() -> nn.Module:
    from open_clip.model import CLIP

    shape = {"image_size": 32, "patch_size": 8, "width": 64, "layers": 2, "head_width": 16}
    torch.manual_seed(0)
    return randomise(CLIP(24, shape, {"width": 64, "heads": 2, "layers": 2, "vocab_size": 64})).eval()


@pytest.mark.parametrize(
    ("make", "options", "depth"),
    [
        (of_torchvision, {"target_modules": ["self_attention", "mlp.0"], "modules_to_save": ["head"]}, 3),
        (of_open_clip, {"target_modules": ["attn", "c_fc"]}, 2),
    ],
    ids=["torchvision", "OpenCLIP"],
)
def test_on_a_file_alone(make: Callable[[], nn.Module], options: dict[str, Any], depth: int, tmp_path: Path) -> None:
    module = make()
    torch.save(module.state_dict(), tmp_path / "base.pth")
    adapted(module, tmp_path / "adapter", **options)
    agrees(named(tmp_path, "base.pth", heads=4), depth)


def test_the_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import transformers

    base_and_adapter(CASES["ViT classifier"], tmp_path)
    transformers.ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "base")
    picture = next(path for path in SAMPLES if path.stem == "cat")
    assert main([named(tmp_path), "--image", str(picture)]) == 0
    table = capsys.readouterr().out
    assert "ViTForImageClassification with PEFT's adapter" in table
    assert "of 255 levels" in table, "the base says how pictures are read"


def test_another_adapter_than_ours_is_found_out(tmp_path: Path) -> None:
    """PEFT reads the adapter itself: what we merge wrongly shows."""
    base_and_adapter(CASES["ViT classifier"], tmp_path)
    model = load_pretrained(named(tmp_path))
    config = tmp_path / "adapter" / "adapter_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"lora_alpha": 13}))
    report = compare(model, load_reference(named(tmp_path)), torch.randn(1, 3, 32, 32))
    assert not report.agrees
    assert "They part in blocks.0" in report.verdict


def test_without_peft_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base_and_adapter(CASES["ViT classifier"], tmp_path)
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(CheckpointError, match="pip install peft"):
        load_reference(named(tmp_path))
