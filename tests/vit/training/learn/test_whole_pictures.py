"""Training on whole pictures: each keeps its own shape, and pictures of several shapes learn together."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from tests.support.models import random_model
from tests.support.pictures import encoded, zipped
from vit import ViTConfig, load_pretrained
from vit.checkpoints.loading import save_pretrained
from vit.data import augment, batches
from vit.data.folders import load
from vit.model.positions import resample
from vit.pictures.augment import Augment
from vit.pictures.open import open_image
from vit.pictures.preprocess import Preprocessing, whole
from vit.training.config_file import to_settings
from vit.training.learn.distributed import Processes
from vit.training.learn.gradient import gradient_for
from vit.training.learn.look import look
from vit.training.learn.record import Learning
from vit.training.learn.task import Task
from vit.training.limits import SettingsError
from vit.training.process import one_run
from vit.training.run import folder as run_folder
from vit.training.settings import Settings

SIDES = [(60, 40), (60, 40), (40, 60), (50, 50), (60, 40), (90, 30)]  # width, height


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes, light on the left or on the right, in four shapes."""
    chance, files = random.Random(0), {}
    for number in range(48):
        width, height = SIDES[number % len(SIDES)]
        values = np.tile(np.linspace(0, 255, width), (height, 1))
        values = (values if number % 2 else values[:, ::-1]) * chance.uniform(0.7, 1)
        picture = Image.fromarray(values.astype(np.uint8)).convert("RGB")
        files[f"{'right' if number % 2 else 'left'}/{number}.png"] = encoded(picture, "PNG")
    return zipped(tmp_path_factory.mktemp("whole") / "set.zip", files)


def settings(pictures: Path, **training: object) -> Settings:
    return to_settings({
        "model": {"patch_size": 8, "width": 16, "depth": 2, "heads": 2, "pooling": "mean"},
        "data": {"name": "folder", "path": str(pictures), "image_size": 32, "whole": True, "held_out": 0.2,
                 "augment": {"shift": 0.05, "scale": 0.1}},
        "training": {"epochs": 12, "batch": 16, "lr": 0.003, "checkpoints": 1, "threads": 1, **training},
    })  # fmt: skip


def test_each_picture_keeps_its_shape_and_its_pixels(pictures: Path) -> None:
    found = load(pictures, 32, 0.2, 0, patch=8)
    assert sorted(found.train.shapes()) == sorted({whole(size, 32, 8) for size in SIDES})
    assert found.size == whole((60, 40), 32, 8), "most are of that shape"
    assert found.size[0] * found.size[1] <= 32 * 32
    with zipfile.ZipFile(pictures) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    recipes = [Preprocessing(whole(open_image(data).size, 32, 8)).crop(open_image(data)) for data in files.values()]
    expected = {np.asarray(picture).tobytes() for picture in recipes}
    for part in (found.train, found.held_out):
        for rows, (height, width) in part.alike():
            for image in part.images[rows, :, :height, :width]:
                assert image.permute(1, 2, 0).contiguous().numpy().tobytes() in expected


def test_colours_are_those_of_the_pictures_and_not_of_what_lies_beside_them(pictures: Path) -> None:
    found = load(pictures, 32, 0.2, 0, patch=8)
    pixels = torch.cat([found.train.images[rows, 0, :h, :w].flatten() for rows, (h, w) in found.train.alike()]) / 255
    mean, std = found.colours()
    assert mean[0] == pytest.approx(pixels.mean().item(), abs=1e-5)
    assert std[0] == pytest.approx(pixels.std().item(), abs=1e-5)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_gradient_of_a_mixed_batch_is_the_mean_of_its_pictures(pictures: Path, threads: int) -> None:
    """One by one, each at its own shape, with the model's own forward pass."""
    wanted = settings(pictures, batch=34, threads=threads, precision="fp32")
    wanted.data.augment = Augment()
    task = Task(wanted, torch.device("cpu"))
    torch.nn.init.normal_(task.model.head.weight, generator=torch.Generator().manual_seed(0))
    learning = Learning(task, wanted.training)
    gradient = gradient_for(task, learning.module, learning.optimiser, Processes(wanted.training), wanted.training)
    indices = torch.arange(len(task.data.train))[:34]
    loss, accuracy = gradient(indices, augment.draw(34, batches.step_generator(0, 0)), indices.roll(1))
    ours = learning.optimiser.gradient.clone()

    sizes, losses, right = task.data.train.sizes, [], 0
    for index in indices.tolist():
        height, width = sizes[index].tolist()
        logits = task.model(task.seen(task.data.train.images[index : index + 1, :, :height, :width]))
        losses.append(F.cross_entropy(logits, task.data.train.labels[index : index + 1]))
        right += int(logits.argmax() == task.data.train.labels[index])
    learning.optimiser.gradient.zero_()
    torch.stack(losses).mean().backward()
    assert len({tuple(size) for size in sizes[:34].tolist()}) == 4
    assert loss == pytest.approx(torch.stack(losses).mean().item(), rel=1e-4)
    assert accuracy == pytest.approx(right / 34)
    assert ours.abs().max() > 1e-3
    assert torch.allclose(ours, learning.optimiser.gradient, atol=1e-5)


def test_a_run_on_whole_pictures_and_its_model(pictures: Path, tmp_path: Path) -> None:
    folder = tmp_path / "day" / "run"
    assert one_run.train(settings(pictures), folder).best_accuracy > 0.9
    model = load_pretrained(folder / "checkpoints" / "last")
    assert model.config.image_size == model.preprocessing.size == whole((60, 40), 32, 8), "not square"
    images, _ = run_folder.probes(folder)
    assert look(model, images).attention.shape[-2:] == model.config.grid
    wide = Image.new("RGB", (90, 30))
    assert model.trace(model.preprocess(wide)).layout.grid == model.config.grid, "its middle, not squashed"
    assert model.preprocessing.crop_box(90, 30) == (20, 0, 70, 30), "of 3 × 5 patches"
    task = Task(settings(pictures), torch.device("cpu"))
    judged = torch.cat([labels for _, labels in task.held_out()])
    assert torch.equal(judged, task.data.held_out.labels), "in the order in which mistakes are looked up"


@pytest.mark.parametrize("backbone", ["thawed", "probe"])
def test_going_on_from_a_trained_model_its_positions_are_stretched_for_each_shape(
    pictures: Path, tmp_path: Path, backbone: str
) -> None:
    start = random_model(ViTConfig(image_size=(32, 32), patch_size=8, width=16, heads=2, depth=1, mlp_width=16))
    save_pretrained(start, tmp_path / "start")
    wanted = settings(pictures, epochs=1)
    wanted.training.backbone = backbone
    wanted.model.start, wanted.model.pooling = str(tmp_path / "start"), "cls"
    task = Task(wanted, torch.device("cpu"))
    assert torch.equal(task.model.position, start.position), "kept as it was"
    layout = task.model.layout(torch.zeros(1, 3, 24, 40))
    stretched = resample(start.position[1:], (4, 4), (3, 5), start.config.position_resample)
    assert torch.equal(task.model.position_embedding(layout)[1:], stretched)
    one_run.train(wanted, tmp_path / "day" / "run")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "mnist-10k", "path": ""}, "data.whole is for data=folder"),
        ({"sides": [16, 32]}, "data.whole and data.sides exclude each other"),
        ({"augment": {"mixup": 0.2}}, "data.whole needs data.augment.mixup=0"),
    ],
)
def test_what_cannot_be_done_with_whole_pictures_is_refused_by_name(change: dict, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        to_settings({"data": {"name": "folder", "path": "x.zip", "whole": True, **change}})


def test_a_turn_is_a_turn_in_a_picture_that_is_not_square() -> None:
    """A bar across a wide picture, turned by a right angle, is as thick as before."""
    image = torch.zeros(1, 1, 40, 80, dtype=torch.uint8)
    image[..., 15:25, :] = 255
    chance = torch.zeros(1, augment.DRAWS)
    chance[:, 2] = 1  # the whole angle
    turned = augment.augment(image, chance, Augment(rotate=90.0))
    assert (turned[0, 0, 20] > 0.5).sum() == 10
    assert (turned[0, 0, :, 40] > 0.5).all()
