"""A set of pictures with their classes, small enough to lie in memory as bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from vit.errors import Refusal

FEWEST = 2  # pictures a class needs to be trained on
CLASSES = 1000  # at most: as many as ImageNet's
BYTES = 6 * 2**30  # the most a set may take in memory


class DataError(Refusal, ValueError):
    """Data that cannot be trained on; its message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Pictures:
    """``images``: (n, c, height, width) uint8; ``labels``: (n,) int64, the number of each picture's class."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, indices: Tensor) -> Pictures:
        return Pictures(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class DataSet:
    """``train`` is learned from, ``held_out`` is judged on; ``skipped`` says which files were left out and why."""

    name: str
    classes: tuple[str, ...]
    train: Pictures
    held_out: Pictures
    skipped: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.classes) < 2:
            raise DataError(f"{self.name} has {len(self.classes)} class: bring a sub-folder for each of two or more.")
        if len(self.classes) > CLASSES:
            raise DataError(f"{self.name} has {len(self.classes):,} classes: bring up to {CLASSES:,}.")
        counts = torch.bincount(self.train.labels, minlength=len(self.classes))
        few = [name for name, n in zip(self.classes, counts.tolist(), strict=True) if n < FEWEST]
        if few:
            raise DataError(
                f"{self.name} has fewer than {FEWEST} pictures to train on of {', '.join(few[:5])}: "
                "bring more, or leave that class out."
            )
        if not len(self.held_out):
            raise DataError(f"{self.name} has no picture to judge on: raise data.held_out, or bring more pictures.")

    @property
    def channels(self) -> int:
        return self.train.images.shape[1]

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of every picture."""
        return self.train.images.shape[2], self.train.images.shape[3]

    def colours(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Mean and standard deviation of each channel over the training pictures, on the scale 0 … 1."""
        sample = self.train.images[:: max(1, len(self.train) // 10_000)].float() / 255  # (n, c, height, width)
        std = sample.std(dim=(0, 2, 3)).clamp_min(1e-3)
        return tuple(sample.mean(dim=(0, 2, 3)).tolist()), tuple(std.tolist())

    def in_colour(self) -> DataSet:
        """The same with three channels, for a model that wants them."""
        if self.channels == 3:
            return self

        def three(pictures: Pictures) -> Pictures:
            return replace(pictures, images=pictures.images.expand(-1, 3, -1, -1).contiguous())

        return replace(self, train=three(self.train), held_out=three(self.held_out))


def split(pictures: Pictures, share: float, seed: int) -> tuple[Pictures, Pictures]:
    """Hold out a ``share`` of every class, at least one picture each, the same ones for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    kept, held = [], []
    for label in pictures.labels.unique():
        indices = (pictures.labels == label).nonzero().flatten()
        indices = indices[torch.randperm(len(indices), generator=generator)]
        n = max(1, round(share * len(indices))) if len(indices) > FEWEST else 0
        held.append(indices[:n])
        kept.append(indices[n:])
    return pictures.part(torch.cat(kept).sort().values), pictures.part(torch.cat(held).sort().values)
