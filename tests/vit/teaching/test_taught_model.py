"""New classes from folders: the same numbers in a model of its own, saved in kilobytes, opened again to the bit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.support.models import every_vit, small_vit
from vit import load_pretrained, predict, teach
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.taught_head import TaughtHead
from vit.reference.libraries import load_reference
from vit.teaching.vectors import readings, vectors_after_blocks


@every_vit
def test_a_head_after_a_block_is_a_model_of_the_blocks_up_to_there(name: str) -> None:
    model, pixels = small_vit(name).model, small_vit(name).trace.pixels
    for reading, levels in vectors_after_blocks(model, pixels).items():
        assert reading in readings(model)
        weight, bias = torch.randn(3, levels.shape[-1]), torch.randn(3)
        for blocks in range(1, model.config.depth + 1):
            taught = TaughtHead("any", blocks, reading, ("a", "b", "c"), weight, bias).on(model)
            trace = taught.trace(pixels)
            assert trace.logits is not None
            torch.testing.assert_close(trace.pooled, levels[blocks - 1], rtol=0, atol=1e-6)
            torch.testing.assert_close(trace.logits, levels[blocks - 1] @ weight.mT + bias, rtol=0, atol=1e-5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes, light and dark, four pictures to learn from and one to judge; and a file that is no picture."""
    root = tmp_path_factory.mktemp("pictures")
    for label, base in (("dark", 30), ("light", 200)):
        for number in range(5):
            place = root / ("test" if number == 4 else "train") / label
            place.mkdir(parents=True, exist_ok=True)
            Image.new("L", (28, 28), base + 5 * number).save(place / f"{number}.png")
    (root / "train" / "dark" / "notes.txt").write_text("none")
    return root


def test_taught_from_the_command_line_saved_and_used(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = tmp_path / "head"
    assert teach.main([str(folder), "--model", "mnist-vit", "--out", str(head)]) == 0
    said = capsys.readouterr().out
    assert "8 pictures: dark 4, light 4" in said
    assert "8 of 8 right" in said
    assert "of 2 pictures that it did not learn from: 2 right" in said
    assert "notes.txt is not a picture" in said
    assert sum(file.stat().st_size for file in head.iterdir()) < 200_000
    model = load_pretrained(head)
    assert model.config.labels == ("dark", "light")
    assert predict.main([str(folder / "test" / "light" / "4.png"), "--run", str(head), "--top", "1", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert row["classes"][0]["name"] == "light"
    again = tmp_path / "again"
    assert teach.main([str(folder), "--model", "mnist-vit", "--out", str(again)]) == 0
    pixels = model.preprocess(Image.new("L", (28, 28), 120))
    assert torch.equal(model.trace(pixels).logits, load_pretrained(again).trace(pixels).logits)
    with pytest.raises(CheckpointError, match="verify the model it belongs to"):
        load_reference(head)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"backbone": "../secrets"}, "neither bundled nor a name on the Hub"),
        ({"backbone": 3}, "needs backbone"),
        ({"blocks": 99}, "wants 99 blocks"),
        ({"blocks": True}, "needs backbone"),
        ({"reading": "nothing"}, "cannot pool"),
        ({"reading": "mean+mean"}, "head.weight is"),
        ({"labels": ["one"]}, "head.weight is"),
        ({"labels": []}, "needs backbone"),
    ],
)
def test_a_head_gone_bad_gets_a_sentence(tmp_path: Path, change: dict[str, object], says: str) -> None:
    width = load_pretrained("mnist-vit").config.width
    TaughtHead("mnist-vit", 2, "mean", ("a", "b"), torch.zeros(2, width), torch.zeros(2)).save(tmp_path)
    load_pretrained(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text()) | change
    (tmp_path / "config.json").write_text(json.dumps(written))
    with pytest.raises(CheckpointError, match=says):
        load_pretrained(tmp_path)


@pytest.mark.parametrize("model", ["no-such-model", "."])
def test_a_model_that_others_do_not_have_is_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], model: str
) -> None:
    assert teach.main([str(folder), "--model", model, "--out", str(tmp_path / "head")]) == 2
    assert "kept with its model's name" in capsys.readouterr().err
    assert not (tmp_path / "head").exists()


def test_one_class_is_not_enough(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = folder / "train" / "dark"
    assert teach.main([str(alone), "--model", "mnist-vit", "--out", str(tmp_path / "head")]) == 2
    assert "sub-folder" in capsys.readouterr().err
