"""The share of MNIST's official test digits that a trained model gets right.

``python -m benchmarks.accuracy MODEL FOLDER``: a run's name (its best model) or a model's, and MNIST's IDX files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from vit.checkpoints.loading import load_pretrained
from vit.data import idx
from vit.training.run.listing import open_run


def accuracy(name: str, test: Path) -> float:
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
    parser.add_argument("model")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    print(f"{accuracy(arguments.model, arguments.folder):.4%}")


if __name__ == "__main__":
    main()
