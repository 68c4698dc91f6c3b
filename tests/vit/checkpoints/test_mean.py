"""The mean of several models' weights, as a model and from the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.support.models import SMALL, random_model
from vit.average import main
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import load_pretrained, save_pretrained
from vit.checkpoints.mean import mean_of, toward


def test_every_weight_is_the_mean_and_the_models_stay_as_they_are() -> None:
    models = [random_model(SMALL["cls"]) for _ in range(3)]
    for number, model in enumerate(models):
        for weight in model.parameters():
            weight.data.fill_(float(number) ** 2)  # 0, 1, 4
    mean = mean_of(models)
    assert all(torch.equal(weight, torch.full_like(weight, 5 / 3)) for weight in mean.parameters())
    assert [float(model.prefix.mean()) for model in models] == [0, 1, 4]


DIFFERENT = [({"labels": tuple("abcde")}, "labels"), ({"depth": 1}, "depth"), ({"norm_eps": 0.1}, "norm_eps")]


@pytest.mark.parametrize(("changes", "said"), DIFFERENT)
def test_models_of_two_kinds_have_no_mean(changes: dict[str, object], said: str) -> None:
    one = random_model(SMALL["cls"])
    with pytest.raises(CheckpointError, match=f"differs in {said}"):
        mean_of([one, random_model(replace(one.config, **changes))])


def test_nor_have_models_that_see_pictures_differently() -> None:
    one, other = (random_model(SMALL["cls"]) for _ in range(2))
    other.preprocessing = replace(other.preprocessing, mean=(0.1, 0.2, 0.3))
    with pytest.raises(CheckpointError, match="way pictures are prepared differs in mean"):
        mean_of([one, other])


def test_a_step_back_toward_the_start_leaves_the_head() -> None:
    trained, start = random_model(SMALL["cls"]), random_model(replace(SMALL["cls"], n_classes=0))
    for weight in trained.parameters():
        weight.data.fill_(1.0)
    for weight in start.parameters():
        weight.data.fill_(5.0)
    stepped = toward(trained, start, 0.25)
    assert {name: float(weight.mean()) for name, weight in stepped.named_parameters()} == {
        name: 1.0 if name.startswith("head.") else 2.0 for name, _ in trained.named_parameters()
    }
    assert all(bool((weight == 1).all()) for weight in trained.parameters())
    with pytest.raises(CheckpointError, match="was not trained from that one"):
        toward(trained, random_model(replace(SMALL["cls"], n_classes=0, depth=1)), 0.25)


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = []
    for seed in range(2):
        folders.append(str(tmp_path / str(seed)))
        model = random_model(replace(SMALL["cls"], dropout=0.1 * seed))  # which matters in training only
        for weight in model.parameters():
            weight.data += seed
        save_pretrained(model, Path(folders[-1]))
    assert main([*folders, "--to", str(tmp_path / "mean")]) == 0
    assert "2 models" in capsys.readouterr().out
    first, second, mean = (load_pretrained(folder).state_dict() for folder in (*folders, str(tmp_path / "mean")))
    for name, weight in mean.items():
        torch.testing.assert_close(weight, first[name] + 0.5)
        torch.testing.assert_close(weight, second[name] - 0.5)


def test_with_the_first_model_from_the_command_line(tmp_path: Path) -> None:
    one = ["mnist-vit", "--start", "mnist-vit", "--share", "0.5", "--to", str(tmp_path / "mean")]
    assert main(one) == 0
    for name, weight in load_pretrained(str(tmp_path / "mean")).state_dict().items():
        torch.testing.assert_close(weight, load_pretrained("mnist-vit").state_dict()[name])


def test_what_cannot_be_done_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["mnist-vit", "--to", str(tmp_path / "mean")])
    assert "two models" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["mnist-vit", "mnist-vit", "--start", "mnist-vit", "--share", "1.5", "--to", str(tmp_path / "mean")])
    assert "from 0 to 1" in capsys.readouterr().err
    assert main(["mnist-vit", "photos-10", "--to", str(tmp_path / "mean")]) == 2
    assert "differs in" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["mnist-vit", "mnist-vit", "--to", str(tmp_path / "file")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert not (tmp_path / "mean").exists()
