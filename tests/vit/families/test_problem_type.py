"""``problem_type``: how a head's logits are meant, read from checkpoints, refused where it is unknown."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.support.families import CASES
from tests.support.places import ROOT
from vit import load_pretrained
from vit.analysis.answer import read
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import save_pretrained
from vit.predict import main

CHECKPOINTS = ROOT / "tests" / "data" / "checkpoints"
CLASSIFIERS = [name for name in CASES if "classifier" in name]


@pytest.mark.parametrize(("name", "meant"), [("vit-multi-label", "each class"), ("vit-regression", "numbers")])
def test_saved_checkpoints_give_the_reference_s_numbers_and_are_read_as_meant(name: str, meant: str) -> None:
    model = load_pretrained(CHECKPOINTS / name)
    expected = json.loads((CHECKPOINTS / name / "expected.json").read_text(encoding="utf-8"))
    torch.manual_seed(0)
    logits = model.trace(torch.randn(1, 3, 32, 32)).logits[0]
    np.testing.assert_allclose(logits[: len(expected["first_8"])], expected["first_8"], atol=1e-4)
    assert model.config.answer == meant
    values = read(logits.numpy(), model.config.answer)
    wanted = logits.sigmoid() if meant == "each class" else logits
    np.testing.assert_allclose(values, wanted.numpy(), atol=1e-6)


@pytest.mark.parametrize("case", CLASSIFIERS)
def test_every_family_reads_it(case: str, tmp_path: Path) -> None:
    folder = CASES[case].save(tmp_path)
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    for problem, meant in (
        (None, "one class"),
        ("single_label_classification", "one class"),
        ("multi_label_classification", "each class"),
        ("regression", "numbers"),
    ):
        path.write_text(json.dumps({**config, "problem_type": problem}), encoding="utf-8")
        assert load_pretrained(folder).config.answer == meant
    path.write_text(json.dumps({**config, "problem_type": "guessing"}), encoding="utf-8")
    with pytest.raises(CheckpointError, match="problem_type is 'guessing'"):
        load_pretrained(folder)


def test_our_own_format_keeps_it(tmp_path: Path) -> None:
    save_pretrained(load_pretrained(CHECKPOINTS / "vit-multi-label"), tmp_path)
    assert load_pretrained(tmp_path).config.answer == "each class"


def test_the_command_line_prints_a_number_for_a_regression(capsys: pytest.CaptureFixture[str]) -> None:
    picture = str(ROOT / "sample_images" / "cat.jpg")
    assert main([picture, "--run", str(CHECKPOINTS / "vit-regression")]) == 0
    assert "%" not in capsys.readouterr().out
    assert main([picture, "--run", str(CHECKPOINTS / "vit-regression"), "--json"]) == 0
    assert "number" in json.loads(capsys.readouterr().out)[0]["classes"][0]
