"""``python -m vit.predict``: pick a run, read pictures, print probabilities, save the trace."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.places import BUNDLED, SAMPLES
from tests.support.runs import tiny
from vit import load_pretrained, predict
from vit.training.process import one_run
from vit.training.run import listing
from vit.training.run.status import Status


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs: one trained, one member of a sweep that has just begun, one without a model."""
    root = tmp_path_factory.mktemp("runs")
    one_run.train(tiny(epochs=0.2), root / "2025-01-01" / "12-00-00")
    one_run.train(tiny(epochs=0.02, seed=1), root / "2025-01-02" / "12-00-00-sweep" / "1")
    (root / "2025-01-03" / "12-00-00").mkdir(parents=True)
    Status(state="failed", started=9e9).write(root / "2025-01-03" / "12-00-00")
    return root


@pytest.fixture
def digit(tmp_path: Path) -> Path:
    Image.fromarray(np.eye(28, dtype=np.uint8) * 255).save(tmp_path / "digit.png")
    return tmp_path / "digit.png"


def test_without_a_run_it_lists_them_and_asks(root: Path, digit: Path, capsys) -> None:
    asked = []

    def ask(question: str) -> str:
        asked.append(question)
        return ["7", "x", "2"][len(asked) - 1]

    assert predict.main([str(digit), "--json"], ask, root) == 0
    said = capsys.readouterr()
    assert len(asked) == 3  # until the answer was one of the two runs with a model
    lines = said.err.splitlines()
    assert len(lines) == 2
    assert "2025-01-02/12-00-00-sweep/1" in lines[0]
    for line, found in zip(lines, listing.find_runs(root)[1:], strict=True):
        assert f"{found.status.best_accuracy:.2%}" in line
    (answer,) = json.loads(said.out)
    model = load_pretrained(root / "2025-01-01" / "12-00-00" / "checkpoints" / "best")
    logits = model(model.preprocess(Image.open(digit)))
    assert answer["image"] == str(digit)
    assert len(answer["classes"]) == 5
    assert answer["classes"][0]["name"] == str(int(logits.argmax()))
    assert answer["classes"][0]["probability"] == pytest.approx(float(logits.softmax(-1).max().detach()), abs=1e-6)


def test_latest_by_name_and_by_folder(root: Path, digit: Path, capsys) -> None:
    answers = []
    for name in ("latest", "2025-01-02/12-00-00-sweep/1", str(root / "2025-01-02" / "12-00-00-sweep" / "1")):
        assert predict.main([str(digit), "--run", name, "--top", "10"], None, root) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1] == answers[2]
    lines = answers[0].splitlines()
    assert lines[0] == str(digit)
    shares = [float(line.split()[1].removesuffix("%")) for line in lines[1:]]
    assert len(shares) == 10
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(100, abs=0.01)


def test_the_trace_of_several_pictures_is_saved(root: Path, digit: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.npz"
    assert predict.main([str(digit), str(SAMPLES[0]), "--run", "latest", "--trace", str(out)], None, root) == 0
    model = load_pretrained(root / "2025-01-02" / "12-00-00-sweep" / "1" / "checkpoints" / "best")
    trace = model.trace(model.preprocess(Image.open(digit)))
    with np.load(out, allow_pickle=False) as arrays:
        assert arrays["blocks.0.pattern"].shape == (2, 2, 5, 5)
        assert np.allclose(arrays["blocks.0.resid_post"][:1], trace.blocks[0].resid_post, atol=1e-5)
        assert np.allclose(arrays["logits"][:1], trace.logits, atol=1e-5)


def test_a_picture_that_cannot_be_read_does_not_stop_the_others(
    root: Path, digit: Path, tmp_path: Path, capsys
) -> None:
    (tmp_path / "broken.png").write_bytes(b"x")
    assert predict.main([str(tmp_path / "broken.png"), str(digit), "--run", "latest"], None, root) == 1
    said = capsys.readouterr()
    assert "broken.png" in said.err
    assert str(digit) in said.out


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere", "There is no model 'nowhere'"),
        (BUNDLED, "no classification head"),
        ("2025-01-03/12-00-00", "no checkpoint yet"),
    ],
)
def test_a_model_that_cannot_answer_is_said(root: Path, digit: Path, capsys, name: str, says: str) -> None:
    assert predict.main([str(digit), "--run", name], None, root) == 2
    assert says in capsys.readouterr().err


def test_no_runs_at_all(tmp_path: Path, digit: Path, capsys) -> None:
    assert predict.main([str(digit)], None, tmp_path) == 2
    assert "python -m vit.train" in capsys.readouterr().err


def test_a_whole_picture_that_the_model_cannot_take_is_said(
    digit: Path, small_folders: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    relative = str(small_folders["norm behind, relative"])
    assert predict.main([str(digit), "--run", relative, "--whole"], None, digit.parent) == 2
    assert "positions are relative" in capsys.readouterr().err


def test_whole_pictures_have_a_shape_each(root: Path, digit: Path, tmp_path: Path, capsys) -> None:
    """A square is answered beside a strip; the strip's trace is that of all of it, four patches in a row."""
    strip, out = tmp_path / "strip.png", tmp_path / "out.npz"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 300), dtype=np.uint8)).save(strip)
    assert predict.main([str(digit), str(strip), "--run", "latest", "--whole", "--json"], None, root) == 0
    answers = json.loads(capsys.readouterr().out)
    model = load_pretrained(root / "2025-01-02" / "12-00-00-sweep" / "1" / "checkpoints" / "best")
    for answer, path in zip(answers, (digit, strip), strict=True):
        shares = model(model.preprocess(Image.open(path), whole=True)).softmax(-1)
        assert answer["classes"][0]["probability"] == pytest.approx(float(shares.max().detach()), abs=1e-6)
    assert predict.main([str(strip), "--run", "latest", "--whole", "--trace", str(out)], None, root) == 0
    with np.load(out, allow_pickle=False) as arrays:
        assert arrays["pixels"].shape == (1, 1, 14, 56)
    with pytest.raises(SystemExit):
        predict.main([str(digit), str(strip), "--run", "latest", "--whole", "--trace", str(out)], None, root)
