"""Small checkpoints that transformers saved, with the numbers that it gave then: they open, and give them again."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from tests.support.places import ROOT
from vit import load_pretrained

FOLDERS = ROOT / "tests" / "data" / "checkpoints"


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("aimv2", "final"),
        ("beit", "final"),
        ("clipseg", "blocks"),  # transformers gives the tokens before the last norm
        ("data2vec-vision", "final"),
        ("depth-anything", "final"),
        ("trocr-like", "final"),
        ("vit-inner-names", "logits"),
        ("vit-msn", "final"),
        ("vitpose", "final"),
    ],
)
def test_its_numbers_are_those_of_transformers(name: str, point: str) -> None:
    model = load_pretrained(FOLDERS / name)
    expected = json.loads((FOLDERS / name / "expected.json").read_text(encoding="utf-8"))
    torch.manual_seed(0)
    trace = model.trace(torch.randn(1, 3, *model.config.image_size))
    found = trace.blocks[-1].resid_post if point == "blocks" else getattr(trace, point)
    assert list(found.shape) == expected["shape"]
    np.testing.assert_allclose(found.flatten()[:8], expected["first_8"], atol=1e-5)
    np.testing.assert_allclose(found.flatten()[-8:], expected["last_8"], atol=1e-5)
    np.testing.assert_allclose(found.mean(), expected["mean"], atol=1e-5)


def test_yolos_detection_tokens_stand_before_the_patches() -> None:
    model = load_pretrained(FOLDERS / "yolos")
    expected = json.loads((FOLDERS / "yolos" / "expected.json").read_text(encoding="utf-8"))
    torch.manual_seed(0)
    trace = model.trace(torch.randn(1, 3, *model.config.image_size))
    names = [trace.layout.name(token) for token in range(trace.layout.n_prefix)]
    assert names == ["CLS", "detection 0", "detection 1", "detection 2", "detection 3"]
    np.testing.assert_allclose(trace.final.flatten()[:8], expected["first_8"], atol=1e-5)  # CLS is first in both
    np.testing.assert_allclose(trace.final[0, 4, -8:], expected["last_8"], atol=1e-5)  # the last detection token
