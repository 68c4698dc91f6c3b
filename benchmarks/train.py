"""Pictures a second in training: our engine against a plain loop over a vit-pytorch model of the same size.

``python -m benchmarks.train [--rounds N]`` (needs ``requirements-bench.txt``). The plain loop is what one
writes first: torchvision's DataLoader over the same digits, with PIL transforms, vit-pytorch's ViT, AdamW.
Same batch, same machine, in turn; medians of the rounds. ``--accuracy RUN --test FOLDER`` instead
judges a trained model on MNIST's official test digits.
"""

from __future__ import annotations

import argparse
import copy
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # for both, as vit.train sets it: shared cores

import torch
from torch import Tensor
from torch.nn import functional as F

from vit.data import augment, batches, idx, load
from vit.pretrained import load_pretrained
from vit.training import config_file, optimise
from vit.training.processes import Processes
from vit.training.runs import open_run
from vit.training.task import Task

STEPS = 25  # of a round


def ours(change: bool) -> Callable[[], None]:
    """The preset ``mnist-live``, step for step what the engine does, without its run folder."""
    settings = config_file.compose(["preset=mnist-live"])
    if not change:
        settings.data.augment = type(settings.data.augment)()
    training = settings.training
    processes = Processes(training)
    task = Task(settings, processes.device)
    model = task.model
    average = optimise.Average(copy.deepcopy(model), model, training.ema)
    optimiser = optimise.Adam(model, training)
    steps = iter(range(10**9))

    def round_of_steps() -> None:
        model.train()
        for _ in range(STEPS):
            step = next(steps)
            chosen = batches.indices(len(task.data.train), training.batch, 0, step)
            inputs, labels = task.batch(chosen, augment.draw(len(chosen), batches.step_generator(0, step)))
            with processes.precision():
                loss = F.cross_entropy(model(inputs).float(), labels, label_smoothing=training.label_smoothing)
            loss.backward()
            optimise.clip(optimiser.parameters, training.clip)
            optimiser.step(training.lr)
            average.update(step + 1)
            loss.item()

    return round_of_steps


def plain(change: bool) -> Callable[[], None]:
    """vit-pytorch and torchvision, the same size, batch and kind of change to the pictures."""
    from PIL import Image
    from torch.utils.data import DataLoader, Dataset
    from torchvision import transforms
    from vit_pytorch import ViT

    settings = config_file.compose(["preset=mnist-live"])
    shape, how, pictures = settings.model, settings.data.augment, load("mnist-10k").train
    turn = transforms.RandomAffine(
        how.rotate, (how.shift, how.shift), (1 - how.scale, 1 + how.scale), how.shear,
        transforms.InterpolationMode.BILINEAR,
    )  # fmt: skip
    end = [transforms.ToTensor(), transforms.Normalize(0.1307, 0.3081)]
    recipe = transforms.Compose([turn, *end] if change else end)

    class Digits(Dataset):
        def __len__(self) -> int:
            return len(pictures)

        def __getitem__(self, i: int) -> tuple[Tensor, int]:
            return recipe(Image.fromarray(pictures.images[i, 0].numpy())), int(pictures.labels[i])

    model = ViT(
        image_size=28, patch_size=shape.patch_size, num_classes=10, channels=1, dim=shape.width, depth=shape.depth,
        heads=shape.heads, dim_head=shape.width // shape.heads, mlp_dim=int(shape.mlp_ratio * shape.width), pool="mean",
    )  # fmt: skip
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def endless() -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from DataLoader(Digits(), batch_size=settings.training.batch, shuffle=True, drop_last=True)

    loader = endless()

    def round_of_steps() -> None:
        model.train()
        for _ in range(STEPS):
            inputs, labels = next(loader)
            loss = F.cross_entropy(model(inputs), labels, label_smoothing=settings.training.label_smoothing)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            loss.item()

    return round_of_steps


def throughput(rounds: int) -> None:
    pictures = STEPS * config_file.compose(["preset=mnist-live"]).training.batch
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, images/s, medians of {rounds} rounds in turn")
    print("pictures               ours  vit-pytorch + DataLoader  ratio (min–max)")
    for name, change in (("changed by chance", True), ("as they are", False)):
        works = ours(change), plain(change)
        for work in works:
            work()
        speeds = [[pictures / seconds(work) for work in works] for _ in range(rounds)]
        own, other = (statistics.median(column) for column in zip(*speeds, strict=True))
        ratios = sorted(a / b for a, b in speeds)
        middle = statistics.median(ratios)
        print(f"{name:20} {own:6.0f} {other:25.0f}  {middle:.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})")


def seconds(work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def accuracy(name: str, test: Path) -> float:
    """The share of the official test digits in ``test`` that a run's best model, or any model, gets right."""
    try:
        folder = open_run(name).model
    except RuntimeError:
        folder = None
    model, digits = load_pretrained(folder or name), idx.pictures(test, "test")
    recipe, right = model.preprocessing, 0
    with torch.inference_mode():
        for images, labels in zip(digits.images.split(500), digits.labels.split(500), strict=True):
            logits = model((images.float() / 255 - recipe.mean[0]) / recipe.std[0])
            right += int((logits.argmax(dim=-1) == labels).sum())
    return right / len(digits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--accuracy", metavar="RUN", help="a run's name or folder, or a model's")
    parser.add_argument("--test", type=Path, metavar="FOLDER", help="MNIST's IDX files")
    arguments = parser.parse_args()
    if arguments.accuracy:
        print(f"{accuracy(arguments.accuracy, arguments.test):.4%}")
    else:
        throughput(arguments.rounds)


if __name__ == "__main__":
    main()
