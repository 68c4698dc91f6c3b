"""A set of pictures with their classes, small enough to lie in memory as bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from einops import rearrange
from torch import Tensor

from vit.errors import Refusal

FEWEST = 2  # pictures a class needs to be trained on
CLASSES = 1000  # at most: as many as ImageNet's
BYTES = 6 * 2**30  # the most a set may take in memory


class DataError(Refusal, ValueError):
    """Data that cannot be trained on; its message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Pictures:
    """``images``: (n, c, height, width) uint8; ``labels``: (n,) int64, the number of each picture's class.

    ``sizes``: (n, 2), each one's own height and width where they have different shapes; it lies in the top left of its
    image then, and those of one shape lie in a row. None where all are as large as their images.
    """

    images: Tensor
    labels: Tensor
    sizes: Tensor | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, indices: Tensor) -> Pictures:
        sizes = None if self.sizes is None else self.sizes[indices]
        return Pictures(self.images[indices], self.labels[indices], sizes)

    def shapes(self) -> list[tuple[int, int]]:
        """Every (height, width) there is, the commonest last."""
        if self.sizes is None:
            return [(self.images.shape[2], self.images.shape[3])]
        found, counts = self.sizes.unique(dim=0, return_counts=True)
        order = counts.argsort(stable=True).tolist()
        return [(int(found[i, 0]), int(found[i, 1])) for i in order]

    def alike(self) -> list[tuple[slice, tuple[int, int]]]:
        """Those of one (height, width), one after another."""
        if self.sizes is None:
            return [(slice(0, len(self)), self.shapes()[0])]
        found, counts = self.sizes.unique_consecutive(dim=0, return_counts=True)
        ends = counts.cumsum(0)
        return [
            (slice(start, end), (height, width))
            for start, end, (height, width) in zip((ends - counts).tolist(), ends.tolist(), found.tolist(), strict=True)
        ]

    def in_shapes_order(self) -> Pictures:
        """The same with those of one shape in a row, otherwise in the order they had."""
        if self.sizes is None:
            return self
        height, width = self.sizes.unbind(1)
        return self.part((height * (int(width.max()) + 1) + width).argsort(stable=True))


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
        """(height, width) of every picture, or of most of those to train on."""
        return self.train.shapes()[-1]

    def colours(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Mean and standard deviation of each channel over the training pictures, on the scale 0 … 1."""
        sample = self.train.part(torch.arange(0, len(self.train), max(1, len(self.train) // 10_000)))
        parts = [sample.images[rows, :, :height, :width] for rows, (height, width) in sample.alike()]
        pixels = (
            parts[0]
            if len(parts) == 1
            else torch.cat([rearrange(part, "n c h w -> 1 c 1 (n h w)") for part in parts], -1)
        )
        pixels = pixels.float() / 255  # (n, c, height, width), or (1, c, 1, all)
        std = pixels.std(dim=(0, 2, 3)).clamp_min(1e-3)
        return tuple(pixels.mean(dim=(0, 2, 3)).tolist()), tuple(std.tolist())

    def in_colour(self) -> DataSet:
        """The same with three channels, for a model that wants them."""
        if self.channels == 3:
            return self

        def three(pictures: Pictures) -> Pictures:
            return replace(pictures, images=pictures.images.expand(-1, 3, -1, -1).contiguous())

        return replace(self, train=three(self.train), held_out=three(self.held_out))


def split(pictures: Pictures, share: float, seed: int) -> tuple[Pictures, Pictures]:
    """Hold out a ``share`` of every class, the same pictures for the same seed: at least one, and never so many that
    fewer than ``FEWEST`` are left to learn from; none of a class that has no more than those."""
    generator = torch.Generator().manual_seed(seed)
    kept, held = [], []
    for label in pictures.labels.unique():
        indices = (pictures.labels == label).nonzero().flatten()
        indices = indices[torch.randperm(len(indices), generator=generator)]
        n = max(0, min(max(1, round(share * len(indices))), len(indices) - FEWEST))
        held.append(indices[:n])
        kept.append(indices[n:])
    return pictures.part(torch.cat(kept).sort().values), pictures.part(torch.cat(held).sort().values)
