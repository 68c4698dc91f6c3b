"""The share of held-out pictures that a trained model gets right, and how far its probabilities can be believed.

``python -m benchmarks.accuracy MODEL PICTURES``: a run's name (its best model) or a model's, and MNIST's IDX files or
a folder, zip or tar with a sub-folder for each class, below ``test`` where there is also a part to train on.
``--side`` shows them at another size than the model's own.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from vit import ViT
from vit.analysis.calibration import calibration_error
from vit.checkpoints.loading import load_pretrained
from vit.data import folders, idx
from vit.data.dataset import DataError, Pictures
from vit.training.run.listing import open_run


@dataclass(frozen=True)
class Found:
    """``confusion``: (classes, classes), how often class ``row`` was taken for class ``column``."""

    error: float
    confusion: np.ndarray

    @property
    def accuracy(self) -> float:
        return float(self.confusion.trace() / self.confusion.sum())

    @property
    def by_class(self) -> np.ndarray:
        return self.confusion.diagonal() / self.confusion.sum(1)


def held_out(source: Path, model: ViT, side: int) -> Pictures:
    """The pictures to judge on, as the model sees them but for the colours' scale."""
    try:
        return idx.pictures(source, "test")
    except DataError:
        data = folders.load(source, side, held_out=0.1, seed=0)
    if data.classes != tuple(sorted(model.config.labels)):
        raise DataError(f"{source.name} has the classes {', '.join(data.classes)}, the model others.")
    numbers = torch.tensor([model.config.labels.index(name) for name in data.classes])
    return Pictures(data.held_out.images, numbers[data.held_out.labels])


def judge(model: ViT, pictures: Pictures, at_once: int = 50) -> Found:
    recipe, n = model.preprocessing, model.config.n_classes
    with torch.inference_mode():
        logits = torch.cat([model(recipe.normalised(part.float() / 255)) for part in pictures.images.split(at_once)])
    probability, predicted = (found.numpy() for found in logits.softmax(-1).max(-1))  # (n,) each
    labels = pictures.labels.numpy()
    confusion = np.bincount(labels * n + predicted, minlength=n * n).reshape(n, n)
    return Found(calibration_error(probability, predicted == labels), confusion)


def load(name: str) -> ViT:
    try:
        return load_pretrained(open_run(name).model or name)
    except RuntimeError:
        return load_pretrained(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--side", type=int, default=0)
    arguments = parser.parse_args()
    model = load(arguments.model)
    side = arguments.side or model.preprocessing.size[0]
    found = judge(model, held_out(arguments.pictures, model, side))
    print(f"{found.accuracy:.2%} of {found.confusion.sum():,} right at {side} pixels")
    print(f"expected calibration error {found.error:.2%}")
    for label, share, row in zip(model.config.labels, found.by_class, found.confusion, strict=True):
        print(f"{label:>12} {share:6.1%}  {' '.join(f'{count:4}' for count in row)}")


if __name__ == "__main__":
    main()
