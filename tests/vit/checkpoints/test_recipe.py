"""How pictures are read: from either file of the Hub's, the newer one first, as transformers does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.support.places import ROOT
from vit import load_pretrained

FOLDER = ROOT / "tests" / "data" / "checkpoints" / "clip-processor-config-only"


def test_processor_config_alone_says_how_pictures_are_read() -> None:
    model = load_pretrained(FOLDER)
    recipe = model.preprocessing
    assert (recipe.size, recipe.resize) == ((32, 32), 40)
    assert recipe.mean == pytest.approx((0.48145466, 0.4578275, 0.40821073))
    expected = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
    torch.manual_seed(0)
    tokens = model.trace(torch.randn(1, 3, 32, 32)).blocks[-1].resid_post
    np.testing.assert_allclose(tokens.flatten()[:8], expected["first_8"], atol=1e-4)


def test_it_comes_before_the_older_file(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "both"))
    older = json.dumps({"size": {"shortest_edge": 64}, "crop_size": 64})
    (folder / "preprocessor_config.json").write_text(older, encoding="utf-8")
    assert load_pretrained(folder).preprocessing.size == (32, 32)
    both = json.loads((folder / "processor_config.json").read_text(encoding="utf-8"))
    del both["image_processor"]  # as older ones are: nothing about pictures
    (folder / "processor_config.json").write_text(json.dumps(both), encoding="utf-8")
    assert load_pretrained(folder).preprocessing.size == (64, 64)


def test_pictures_come_out_as_the_reference_s(tmp_path: Path) -> None:
    from transformers import CLIPImageProcessor

    picture = Image.open(ROOT / "sample_images" / "coffee.jpg").convert("RGB")
    theirs = CLIPImageProcessor.from_pretrained(FOLDER)(picture, return_tensors="pt")["pixel_values"]
    ours = load_pretrained(FOLDER).preprocess(picture)
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().mean() < 0.02
