"""The command line and the report: rows, verdicts, exit codes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.support.families import CASES
from tests.support.models import saved_model
from tests.support.places import ROOT
from vit import load_pretrained
from vit.pictures.open import decode
from vit.pictures.preprocess import whole
from vit.reference.compare import compare
from vit.reference.file_pixels import read_file
from vit.reference.libraries import load_reference
from vit.verify import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return CASES["ViT classifier"].save(tmp_path_factory.mktemp("verify"))


def test_a_row_a_layer_and_zero_where_both_agree(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = ["tokens", "blocks.0", "blocks.1", "blocks.2", "pooled", "logits"]
    assert [line.split()[0] for line in lines[1:7]] == names
    assert "ViTForImageClassification" in lines[-2]
    assert lines[-1].startswith("Both agree")


def test_one_past_the_tolerance(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder), "--tolerance", "0"]) == 1
    assert "They part in" in capsys.readouterr().out


def test_json_on_a_picture_of_ones_own_at_another_size(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = ROOT / "sample_images" / "rocket.jpg"
    assert main([str(folder), "--image", str(image), "--size", "40", "56", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["agrees"] is True
    assert report["reference"] == "ViTForImageClassification"
    assert [row["name"] for row in report["rows"]] == ["tokens", "blocks.0", "blocks.1", "blocks.2"]
    assert report["rows"][0]["pattern"] is None
    assert report["logits"] < 1e-4
    assert report["seconds"] > 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["nowhere"], "There is no model"),
        (["{folder}", "--image", "nowhere.png"], "nowhere.png"),
        (["{folder}", "--size", "30", "30"], "30"),
    ],
)
def test_two_and_a_sentence_where_there_is_nothing_to_compare(
    folder: Path, arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([argument.format(folder=folder) for argument in arguments]) == 2
    assert word in capsys.readouterr().err


def test_our_own_format_has_no_twin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(saved_model(tmp_path))]) == 2
    assert "our own format" in capsys.readouterr().err


def test_the_first_layer_that_differs_is_named(folder: Path) -> None:
    """A value changed in block 1 leaves block 0 and the patterns of block 1 as they were."""
    model, twin = load_pretrained(folder), load_reference(folder)
    with torch.no_grad():
        model.blocks[1].mlp.down.bias[3] += 0.5
    report = compare(model, twin, torch.randn(1, 3, 32, 32))
    assert not report.agrees
    assert report.verdict.startswith("They part in blocks.1 residual stream")
    assert report.rows[2].residual == pytest.approx(0.5, abs=1e-3)
    assert report.rows[2].pattern < 1e-4
    assert report.rows[1].residual < 1e-4


def test_not_a_number_never_agrees(folder: Path) -> None:
    model, twin = load_pretrained(folder), load_reference(folder)
    with torch.no_grad():
        model.norm.bias[0] = float("nan")
    report = compare(model, twin, torch.randn(1, 3, 32, 32))
    assert not report.agrees
    assert report.verdict.startswith("They part in pooled")
    assert "nan, in pooled" in report.verdict


def test_the_likeliest_classes_stand_side_by_side_and_a_wrong_name_is_found(folder: Path) -> None:
    model, twin, pixels = load_pretrained(folder), load_reference(folder), torch.randn(1, 3, 32, 32)
    report = compare(model, twin, pixels)
    logits = model.trace(pixels).logits[0]
    assert [row.logit for row in report.classes] == logits.sort(descending=True).values.tolist()
    assert [row.name for row in report.classes] == [row.reference_name for row in report.classes]
    assert report.agrees
    twin.module.config.id2label = {**twin.labels, 0: "something else"}
    wrong = compare(model, twin, pixels)
    assert not wrong.agrees
    assert wrong.verdict.startswith(f"They call 1 of {len(logits)} classes by different names: ")


PHOTOS = "photos-10"
FAULTS = ROOT / "tests" / "data" / "pictures"


def first_row(picture: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    main([PHOTOS, "--image", str(picture), "--json", *options])
    return json.loads(capsys.readouterr().out)["pixels"]


def test_the_pixels_are_the_reference_s_own_of_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of three megapixels of fine texture, which any reduction before the resize would change."""
    noise = np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "fine.jpg", quality=90)
    row = first_row(tmp_path / "fine.jpg", capsys)
    assert row["processor"] == "BitImageProcessorPil"
    assert row["largest"] == row["mean"] == 0
    assert first_row(tmp_path / "fine.jpg", capsys, "--size", "112", "112")["largest"] == 0


@pytest.mark.parametrize("name", ["profile-swapped-red-green.jpg", "grey-12-bits-in-16.png", "half-clear.png"])
def test_what_differs_on_purpose_is_said_and_can_be_switched_off(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGBA", (64, 48), (200, 0, 0, 128)).save(tmp_path / "half-clear.png")
    picture = tmp_path / name if name.startswith("half") else FAULTS / name
    row = first_row(picture, capsys)
    assert row["largest"] > 20
    assert row["on_purpose"].endswith(".")
    row = first_row(picture, capsys, "--plain")
    assert (row["largest"], row["on_purpose"]) == (0, "")


@pytest.mark.parametrize("options", [(), ("--plain",)])
def test_one_colour_that_means_transparent_is_white_in_both(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert first_row(FAULTS / "colour-key-2.2MP.png", capsys, *options)["largest"] == 0


def test_a_model_that_learnt_pictures_which_are_not_square(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """transformers stretches positions of squares only: at its own size nothing is stretched, at others it is said."""
    case = CASES["ViT classifier"]
    folder = replace(case, values={**case.values, "image_size": [64, 32]}).save(tmp_path)
    assert main([str(folder)]) == 0
    capsys.readouterr()
    assert main([str(folder), "--size", "48", "48"]) == 2
    assert "not square" in capsys.readouterr().err


def test_a_whole_picture_in_its_own_shape() -> None:
    model, twin = load_pretrained(PHOTOS), load_reference(PHOTOS)
    picture = ROOT / "sample_images" / "coffee.jpg"
    recipe = model.preprocessing.for_side(whole((600, 400), 224, 14))
    file = read_file(PHOTOS, picture, recipe)
    assert file is not None
    report = compare(model, twin, recipe(decode(picture)), file=file)
    assert report.pixels is not None
    assert report.pixels.largest == 0
    assert report.agrees, report.verdict
    assert recipe.size[0] < recipe.size[1]
