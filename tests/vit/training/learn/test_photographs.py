"""What the preset ``photos-10`` asks of the engine: sides, frozen blocks, rates by layer, blends, a temperature."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.support.models import random_model
from tests.vit.data.test_data import classes, zipped
from vit import ViTConfig, load_pretrained
from vit.checkpoints.loading import save_pretrained
from vit.data import augment, batches
from vit.training import config_file
from vit.training.learn import evaluation, optimise
from vit.training.learn.distributed import Processes
from vit.training.learn.gradient import HalvedBatch, gradient_for
from vit.training.learn.look import look
from vit.training.learn.record import Learning
from vit.training.learn.task import Task
from vit.training.limits import SettingsError
from vit.training.process import one_run
from vit.training.settings import Settings


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model of three blocks without a head, with learned positions for 32 × 32 pixels."""
    folder = tmp_path_factory.mktemp("backbone")
    config = ViTConfig(image_size=(32, 32), patch_size=8, width=16, depth=3, heads=2, mlp_width=32)
    save_pretrained(random_model(config), folder)
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Red and blue, and some blue ones that are called red, so that nobody can always be right."""
    blue = {name.replace("blue/", "red/odd-"): data for name, data in classes(12).items() if name.startswith("blue/")}
    return zipped(tmp_path_factory.mktemp("pictures") / "set.zip", classes(40) | blue)


def settings(backbone: Path, pictures: Path, **training: object) -> Settings:
    """Small pictures seen at 16 pixels, then at 24; with everything switched on that the preset has."""
    return config_file.to_settings(
        {
            "model": {"start": str(backbone), "pooling": "cls+mean"},
            "data": {
                **{"name": "folder", "path": str(pictures), "image_size": 12, "sides": [16, 24], "calibration": 0.25},
                "augment": {"crop": 0.5, "flip": True, "colour": 0.3, "sharpness": 0.5, "mixup": 0.4},
            },
            "training": {
                **{"epochs": 4, "batch": 8, "lr": 0.01, "checkpoints": 2, "threads": 1, "precision": "fp32"},
                **{"backbone_rate": 0.1, "layer_decay": 0.5, "frozen_blocks": 1, "ema": 0.9, **training},
            },
        }
    )


def test_each_block_learns_slower_than_the_one_after_it(backbone: Path, pictures: Path) -> None:
    task = Task(settings(backbone, pictures, frozen_blocks=0), torch.device("cpu"))
    adam = optimise.Adam(task.model, settings(backbone, pictures).training)
    adam.gradient.fill_(1.0)
    for group in adam.groups:  # so that weights move by their rate alone
        group.weights.zero_()
    adam.step(lr=1.0)
    moved = {name: -float(parameter.detach().mean()) for name, parameter in task.model.named_parameters()}
    for part, share in (("head.", 1), ("norm.", 0.1), ("blocks.2.", 0.1), ("blocks.1.", 0.05), ("blocks.0.", 0.025)):
        assert {round(rate, 6) for name, rate in moved.items() if name.startswith(part)} == {share}, part
    assert moved["position"] == pytest.approx(0.0125)
    assert moved["patch_embedding.projection.weight"] == pytest.approx(0.0125)


def test_a_model_that_knows_the_classes_keeps_its_head(pictures: Path, tmp_path: Path) -> None:
    config = ViTConfig(image_size=(16, 16), patch_size=8, width=16, depth=1, heads=2, mlp_width=32, n_classes=2)
    for labels, kept in ((("blue", "red"), True), (("cat", "dog"), False)):
        start = replace(config, labels=labels, answer="each class")
        save_pretrained(random_model(start), tmp_path / labels[0])
        wanted = config_file.to_settings(
            {
                "model": {"start": str(tmp_path / labels[0]), "pooling": ""},
                "data": {"name": "folder", "path": str(pictures), "image_size": 16},
            }
        )
        model = Task(wanted, torch.device("cpu")).model
        assert torch.equal(model.head.weight, load_pretrained(tmp_path / labels[0]).head.weight) == kept
        assert bool(model.head.weight.any()) == kept
        assert model.config.answer == "one class", "what it learns, whatever the start was for"


def test_pictures_are_seen_larger_as_the_run_goes_on(backbone: Path, pictures: Path) -> None:
    task = Task(settings(backbone, pictures), torch.device("cpu"))
    indices, sides, tokens = torch.arange(4), [], []
    for share in (0.0, 0.49, 0.5, 1.0):
        task.set_side(share)
        pixels, shares = task.batch(indices, torch.rand(4, augment.DRAWS), indices.roll(1))
        assert next(task.held_out())[0].shape[-2:] == pixels.shape[-2:]
        sides.append(pixels.shape[-1])
        tokens.append(task.n_tokens)
        assert torch.allclose(shares.sum(-1), torch.ones(4))
    assert sides == [16, 16, 24, 24]
    assert tokens == [5, 5, 10, 10]
    assert torch.equal(task.model.position, load_pretrained(backbone).position), "resampled for each, not once"
    assert task.model.preprocessing.size == (24, 24)


def test_blended_halves_have_the_gradient_of_the_batch(backbone: Path, pictures: Path) -> None:
    found = []
    for dropout in (0.0, 1e-9):  # any dropout means whole batches; so little changes no number
        wanted = settings(backbone, pictures, batch=34, threads=2)
        wanted.model.dropout = dropout
        task = Task(wanted, torch.device("cpu"))
        torch.nn.init.normal_(task.model.head.weight, generator=torch.Generator().manual_seed(0))
        learning = Learning(task, wanted.training)
        gradient = gradient_for(task, learning.module, learning.optimiser, Processes(wanted.training), wanted.training)
        indices = torch.arange(34)
        measured = gradient(indices, augment.draw(34, batches.step_generator(0, 0)), indices.roll(1))
        assert isinstance(gradient, HalvedBatch) == (dropout == 0)
        found.append((measured, learning.optimiser.gradient))
    (halves, by_halves), (whole, at_once) = found
    assert halves == pytest.approx(whole, rel=1e-5)
    assert at_once.abs().max() > 1e-3
    assert torch.allclose(by_halves, at_once, atol=1e-5)


def test_a_run_with_all_of_it(backbone: Path, pictures: Path, tmp_path: Path) -> None:
    wanted = settings(backbone, pictures)
    folder = tmp_path / "day" / "run"
    assert one_run.train(wanted, folder).best_accuracy > 0.7  # the odd ones apart
    begin, model = load_pretrained(backbone), load_pretrained(folder / "checkpoints" / "last")
    for name, weights in begin.named_parameters():
        same = torch.equal(weights, dict(model.named_parameters())[name])
        assert same == name.startswith(("patch_embedding", "prefix", "position", "blocks.0.")), name
    task = Task(wanted, torch.device("cpu"))
    assert (len(task.data.train), len(task.data.held_out)) == (62, 9)
    assert sum(len(labels) for _, labels in task.calibration()) == 21
    assert evaluation.fitted_temperature(model, task) == pytest.approx(1, abs=0.02), "it has its temperature already"
    small = task.data.held_out.images[:2].numpy()  # as they lie in memory, 12 × 12
    assert look(model, small).attention.shape == (2, 3, 2, 3, 3), "they are looked at at the model's size"


def test_a_run_that_goes_on_is_the_run_that_was_not_stopped(backbone: Path, pictures: Path, tmp_path: Path) -> None:
    whole, stopped = tmp_path / "day" / "whole", tmp_path / "day" / "stopped"
    one_run.train(settings(backbone, pictures), whole)
    first = settings(backbone, pictures)
    one_run.train(first, stopped, lambda status: None if status.step < 6 else _ask_to_stop(stopped))
    one_run.resume(stopped)
    ours, theirs = (load_pretrained(run / "checkpoints" / "last").state_dict() for run in (whole, stopped))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def _ask_to_stop(folder: Path) -> None:
    from vit.training.run import control

    control.send(folder, "stop")


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"data": {"sides": [16, 0]}}, "data.sides"),
        ({"training": {"frozen_blocks": 2}}, "training.frozen_blocks"),
        ({"data": {"augment": {"mixup": 0.6}}}, "data.augment.mixup"),
        ({"training": {"layer_decay": 0.0}}, "training.layer_decay"),
    ],
)
def test_what_cannot_be_trained_with_is_named(change: dict, names: str) -> None:
    with pytest.raises(SettingsError, match=names):
        config_file.to_settings(change)


def test_a_side_or_a_depth_that_the_model_does_not_have_is_named(backbone: Path, pictures: Path) -> None:
    wanted = settings(backbone, pictures)
    wanted.data.sides = [16, 20]
    with pytest.raises(SettingsError, match=r"data.sides=20 is not a multiple of the patch size 8"):
        Task(wanted, torch.device("cpu"))
    with pytest.raises(SettingsError, match=r"frozen_blocks=4 is more than the model's 3 blocks"):
        Task(settings(backbone, pictures, frozen_blocks=4), torch.device("cpu"))


def test_a_model_of_one_grid_or_with_one_norm_behind_the_pooling_goes_on_as_it_is(
    pictures: Path, tmp_path: Path
) -> None:
    shape = {"image_size": (16, 16), "patch_size": 8, "width": 16, "depth": 1, "heads": 2, "mlp_width": 32}
    save_pretrained(random_model(ViTConfig(**shape, position="relative", positioned_prefix=0)), tmp_path / "relative")
    save_pretrained(random_model(ViTConfig(**shape, last_norm="pooled", pooling="mean")), tmp_path / "pooled")
    wanted = settings(tmp_path / "relative", pictures, frozen_blocks=0)
    with pytest.raises(
        SettingsError, match=r"data.sides: .*relative has relative positions for \(16, 16\) pixels only"
    ):
        Task(wanted, torch.device("cpu"))
    with pytest.raises(SettingsError, match=r"model.pooling=cls\+mean is not possible: .*pooled norms what was pooled"):
        Task(settings(tmp_path / "pooled", pictures, frozen_blocks=0), torch.device("cpu"))
    wanted.data.sides = [16]
    assert Task(wanted, torch.device("cpu")).model.config.position == "relative"
