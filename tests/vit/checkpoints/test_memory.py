"""A large file of weights is opened in the memory of its weights: mapped, and no tensor held twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.places import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not Path("/proc/self/status").exists(), reason="the kernel does not say what is a process's own"
    ),
]
MARGIN = 48  # MiB beside the weights: the largest tensor once more, and what Python needs
# The process's own memory, without pages of files, which the kernel can drop: sampled while a model is opened.
SCRIPT = """
import re, sys, threading, time
from pathlib import Path
from vit import load_pretrained

def own():
    return int(re.search(r"RssAnon:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

load_pretrained("mnist-vit")
before = highest = own()
done = threading.Event()

def watch():
    global highest
    while not done.wait(0.001):
        highest = max(highest, own())

thread = threading.Thread(target=watch)
thread.start()
model = load_pretrained(sys.argv[1])
done.set()
thread.join()
weights = sum(p.numel() * p.element_size() for p in model.parameters()) / 2**20
print(weights, max(highest, own()) - before)
"""


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    """A ViT-B in timm's names: 330 MiB in single precision."""
    import timm

    return timm.create_model("vit_base_patch16_224").state_dict()


@pytest.mark.parametrize(
    ("half", "options"),
    [(False, {}), (True, {}), (False, {"_use_new_zipfile_serialization": False})],
    ids=["pth", "half precision", "torch before 1.6"],
)
def test_opening_takes_the_weights_and_little_more(
    half: bool, options: dict[str, Any], state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    held = {key: value.half() if half else value for key, value in state.items()}
    torch.save({"model": held, "epoch": 3}, tmp_path / "model.pth", **options)
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "model.pth")]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=240).stdout
    weights, peak = map(float, printed.split())
    assert 320 < weights < 340
    assert weights * 0.9 < peak < weights + MARGIN
