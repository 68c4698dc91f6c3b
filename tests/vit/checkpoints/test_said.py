"""What a person says of a file of weights, as part of its name."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.support.bare_files import of_timm, same
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import find
from vit.checkpoints.said import joined, plain, said_of
from vit.model.question import Question

EVERYTHING = {
    "part": "model.teacher", "heads": 6, "activation": "quick_gelu", "norm_eps": 1e-12, "image_size": (224, 196),
    "pooling": "cls+mean", "mean": (0.5, 0.25, 0.125), "labels": ("a cat", "b&c"), "resample": 2,
}  # fmt: skip


def test_a_name_says_it_and_is_read_again() -> None:
    name = joined("folder/dino.pth", EVERYTHING)
    assert plain(name) == "folder/dino.pth"
    assert said_of(name) == EVERYTHING
    assert joined(name, {"heads": 4}) == "folder/dino.pth?heads=4"
    assert joined(name, {}) == "folder/dino.pth"


@pytest.mark.parametrize("behind", ["heads=many", "colour=red", "mean=1,,2"])
def test_what_cannot_be_said_is_refused(behind: str) -> None:
    with pytest.raises(CheckpointError, match=r"behind the \?"):
        said_of(f"dino.pth?{behind}")


def test_a_file_may_have_a_question_mark_in_its_name(tmp_path: Path) -> None:
    file = tmp_path / "what?heads=6"
    file.write_bytes(b"")
    assert find(f"{file}?heads=4") is None or find(file) == file
    assert said_of(file) == {}


def test_the_name_opens_the_model_and_what_is_left_is_asked(tmp_path: Path) -> None:
    theirs = of_timm()
    torch.save(theirs.state, tmp_path / "model.pth")
    model = load_pretrained(joined(str(tmp_path / "model.pth"), {"heads": 4}))
    same(model, theirs)
    assert model.questions["heads"] == Question(4, "64 dimensions each are usual", (1, 2, 4, 8))
    assert model.questions["activation"].options == ("gelu", "gelu_tanh", "quick_gelu")
    assert model.questions["std"].options[-1] == (0.5, 0.5, 0.5)
    assert "pooling" not in model.questions, "without a classifier nothing reads it"
    with pytest.raises(CheckpointError, match="does not divide into 5 heads"):
        load_pretrained(f"{tmp_path / 'model.pth'}?heads=5")
