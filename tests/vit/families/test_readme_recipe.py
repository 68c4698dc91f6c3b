"""README's recipe for a model family, followed to the letter: its file, saved beside the others, opens a checkpoint."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import torch
from einops import rearrange
from safetensors.torch import load_file, save_file
from torch import Tensor

from tests.support.models import random_model
from tests.support.places import ROOT
from vit import ViT, ViTConfig

CONFIG = ViTConfig(image_size=(24, 16), patch_size=8, width=16, depth=2, heads=2, mlp_width=64, n_classes=3)
HUB = {"model_type": "toy_vit", "dim": 16, "side": [24, 16], "patch": 8, "layers": 2, "heads": 2, "classes": 3}
OPEN = """
import sys
from safetensors.torch import load_file, save_file
from vit import load_pretrained
trace = load_pretrained(sys.argv[1]).trace(load_file(sys.argv[2])["pixels"])
save_file({"logits": trace.logits, "pattern": trace.blocks[-1].pattern}, sys.argv[3])
"""


def recipe() -> str:
    """The code that README gives for a family's file."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("**To add a model family**")[2]
    found = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert found, "README gives no family"
    return found[1]


def as_toy(model: ViT) -> dict[str, Tensor]:
    """A model's parameters by the names and in the shapes of a toy checkpoint."""
    ours = model.state_dict()
    toy = {
        "cls": ours["prefix"][None],  # (1, 1, d)
        "pos": ours["position"][None],  # (1, n, d)
        "patch.weight": rearrange(ours["patch_embedding.projection.weight"], "d (p1 p2 c) -> d c p1 p2", p1=8, p2=8),
        "patch.bias": ours["patch_embedding.projection.bias"],
        "mask_token": torch.zeros(1, 1, 16),
    }
    names = {"norm1": "ln1", "norm2": "ln2", "attention.out": "proj", "mlp.up": "fc1", "mlp.down": "fc2"}
    for part in ("weight", "bias"):
        toy |= {f"ln.{part}": ours[f"norm.{part}"], f"head.{part}": ours[f"head.{part}"]}
        for i in range(2):
            qkv = ours[f"blocks.{i}.attention.qkv.{part}"].chunk(3)
            toy |= {f"layers.{i}.{name}.{part}": rows for name, rows in zip("qkv", qkv, strict=True)}
            toy |= {f"layers.{i}.{theirs}.{part}": ours[f"blocks.{i}.{name}.{part}"] for name, theirs in names.items()}
    return {name: tensor.contiguous().clone() for name, tensor in toy.items()}


def test_the_recipes_family_opens_a_checkpoint(tmp_path: Path) -> None:
    """In a copy of the library, as nothing else may know of the family."""
    code = recipe()
    assert len(code.splitlines()) <= 60
    shutil.copytree(ROOT / "vit", tmp_path / "vit", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "vit" / "families" / "toy.py").write_text(code, encoding="utf-8")
    model = random_model(CONFIG)
    checkpoint = tmp_path / "checkpoint"
    checkpoint.mkdir()
    (checkpoint / "config.json").write_text(json.dumps(HUB))
    save_file(as_toy(model), checkpoint / "model.safetensors")
    pixels = torch.randn(1, 3, 24, 16)
    save_file({"pixels": pixels}, tmp_path / "pixels")

    command = [sys.executable, "-c", OPEN, str(checkpoint), str(tmp_path / "pixels"), str(tmp_path / "out")]
    library = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=library, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    trace, found = model.trace(pixels), load_file(tmp_path / "out")
    expected = {"logits": trace.logits, "pattern": trace.blocks[-1].pattern}
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)  # another process may add in another order
