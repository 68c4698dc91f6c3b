"""Pictures a second in training: our engine against the plain loop one writes first, around two libraries' ViTs.

``python -m benchmarks.train``: torchvision's DataLoader over the same digits with PIL transforms, a model of the
same size by vit-pytorch or timm, torch's AdamW. Two presets of the training page, with pictures changed by chance
where the preset asks for it, and as they are. Same batch, in turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks import report
from benchmarks.measure import Contender, Work, compared, run
from vit.data import augment, batches, load
from vit.training import config_file
from vit.training.learn import optimise
from vit.training.learn.distributed import Processes
from vit.training.learn.gradient import gradient_for
from vit.training.learn.record import Learning
from vit.training.learn.task import Task
from vit.training.settings import Settings

GOAL = 2.0
CASES = (("mnist-live", True), ("mnist-live", False), ("seed-mnist", False))
DATA = ("data.name=mnist-10k", "data.path=")  # the bundled digits, whatever the preset asks for


def composed(preset: str, change: bool) -> Settings:
    settings = config_file.compose([f"preset={preset}", *DATA])
    if not change:
        settings.data.augment = type(settings.data.augment)()
    return settings


def steps_of(settings: Settings) -> int:
    """How many steps make a round: some 3,000 pictures."""
    return 3200 // settings.training.batch


def ours(preset: str, change: bool) -> Work:
    """Step for step what the engine does, without its run folder."""
    settings = composed(preset, change)
    training = settings.training
    processes = Processes(training)
    task = Task(settings, processes.device)
    learning = Learning(task, training)
    gradient = gradient_for(task, learning.module, learning.optimiser, processes, training)
    steps = iter(range(10**9))

    def round_of_steps() -> None:
        for _ in range(steps_of(settings)):
            step = next(steps)
            chosen = batches.indices(len(task.data.train), training.batch, 0, step)
            gradient(chosen, augment.draw(len(chosen), batches.step_generator(0, step)), chosen.roll(1))
            optimise.clip(learning.optimiser.gradient, training.clip)
            learning.optimiser.step(training.lr)
            if learning.average:
                learning.average.update(step + 1)
        gradient.use_all_cores()

    return round_of_steps


def vit_pytorch(preset: str, change: bool) -> Work:
    from vit_pytorch import ViT

    settings = composed(preset, change)
    shape = settings.model
    model = ViT(
        image_size=28, patch_size=shape.patch_size, num_classes=10, channels=1, dim=shape.width, depth=shape.depth,
        heads=shape.heads, dim_head=shape.width // shape.heads, mlp_dim=int(shape.mlp_ratio * shape.width),
        pool=shape.pooling,
    )  # fmt: skip
    return plain_loop(model, settings, change)


def timm(preset: str, change: bool) -> Work:
    from timm.models.vision_transformer import VisionTransformer

    settings = composed(preset, change)
    shape = settings.model
    pool = {"cls": "token", "mean": "avg"}[shape.pooling]
    model = VisionTransformer(
        img_size=28, patch_size=shape.patch_size, in_chans=1, num_classes=10, embed_dim=shape.width, depth=shape.depth,
        num_heads=shape.heads, mlp_ratio=shape.mlp_ratio, global_pool=pool, class_token=pool == "token",
    )  # fmt: skip
    return plain_loop(model, settings, change)


def plain_loop(model: nn.Module, settings: Settings, change: bool) -> Work:
    """DataLoader, PIL, AdamW, and the same kind of change to the pictures."""
    from PIL import Image
    from torch.utils.data import DataLoader, Dataset
    from torchvision import transforms

    how, pictures = settings.data.augment, load("mnist-10k").train
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

    def endless() -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from DataLoader(Digits(), batch_size=settings.training.batch, shuffle=True, drop_last=True)

    loader, optimiser = endless(), torch.optim.AdamW(model.parameters(), lr=1e-3)

    def round_of_steps() -> None:
        model.train()
        for _ in range(steps_of(settings)):
            inputs, labels = next(loader)
            loss = F.cross_entropy(model(inputs), labels, label_smoothing=settings.training.label_smoothing)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            loss.item()

    return round_of_steps


RIVALS = {"ours": ours, "vit-pytorch": vit_pytorch, "timm": timm}


def measure(quick: bool) -> list[dict[str, Any]]:
    """A case a preset, with and without change; ``images_per_second`` beside the seconds of a round."""
    cases = []
    with ExitStack() as stack:
        contenders = [stack.enter_context(Contender(name)) for name in RIVALS]
        for preset, change in CASES[:1] if quick else CASES:
            for contender in contenders:
                contender.ask("prepare", RIVALS[contender.name], preset, change)
            found = compared([run(contenders, 1.0 if quick else 25.0, fewest=3)])
            settings = composed(preset, change)
            images = steps_of(settings) * settings.training.batch
            for one in found["contenders"].values():
                one["images_per_second"] = images / one["seconds"]["median"]
            found["times_faster"] = {name: _turned(ratio) for name, ratio in found.pop("ratios").items()}
            cases.append({"preset": preset, "pictures": "changed by chance" if change else "as they are", **found})
    return cases


def _turned(ratio: dict[str, float]) -> dict[str, float]:
    """Time over time turned round: how many times faster ours is."""
    turned = {"median": 1 / ratio["median"], "q1": 1 / ratio["q3"], "q3": 1 / ratio["q1"]}
    return turned | {"min": 1 / ratio["max"], "max": 1 / ratio["min"], "n": ratio["n"]}


def lines(cases: list[dict[str, Any]]) -> list[str]:
    text = [
        f"Training: pictures a second, libraries in a plain loop with DataLoader (goal: at least {GOAL:g} × theirs)"
    ]
    for case in cases:
        rates = ", ".join(f"{name} {one['images_per_second']:.0f}" for name, one in case["contenders"].items())
        text.append(f"  {case['preset']}, {case['pictures']}: {rates}")
        for name, times in case["times_faster"].items():
            missed = "" if times["median"] >= GOAL else f": goal missed by {GOAL - times['median']:.2f}"
            text.append(f"    against {name}: {report.ratio_text(times)} times{missed}")
    return text


if __name__ == "__main__":
    report.alone("train", measure, lines)
