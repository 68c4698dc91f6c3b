"""Pictures in folders, a folder a class → the vectors that a head learns from, and those it is judged on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vit.data.folders import nothing_readable, pictures, sort_into_classes
from vit.teaching.vectors import digest, vectors_after_blocks, with_mirrored

if TYPE_CHECKING:
    from vit.model.vit import ViT

Vectors = Mapping[str, Tensor]  # reading → (depth, n·copies, d)


@dataclass(frozen=True)
class Examples:
    """n pictures: where each lay, its class (n,), and what can be read of it and its copies after each block."""

    paths: tuple[PurePosixPath, ...]
    classes: Tensor
    vectors: Vectors


@dataclass(frozen=True)
class Found:
    """``labels``: the classes' names. ``judged``: pictures of a ``test`` folder, none where there is no such folder.
    ``skipped``: what was left out, in sentences."""

    labels: tuple[str, ...]
    learned: Examples
    judged: Examples
    skipped: tuple[str, ...]


def examples(model: ViT, source: Path, mirrored: bool = False) -> Found:
    """What ``model`` makes of every picture in a folder, zip or tar; if ``mirrored``, of each the other way round too.
    DataError where nothing can be learned from."""
    skipped: list[str] = []
    read: dict[PurePosixPath, Vectors] = {}
    seen: dict[str, PurePosixPath] = {}
    for path, picture in pictures(source, skipped):
        pixels = model.preprocessing(picture)
        if (first := seen.setdefault(digest(pixels), path)) is path:
            read[path] = vectors_after_blocks(model, with_mirrored(pixels) if mirrored else pixels)
        else:
            skipped.append(f"{path}: shows the model the same as {first}.")
    if not read:
        raise nothing_readable(source, skipped)
    paths = sorted(read)
    labels, placed = sort_into_classes(source, paths, skipped)

    def part(learns: bool) -> Examples:
        own = {
            path: labels.index(label)
            for path, (label, trains) in zip(paths, placed, strict=True)
            if label in labels and trains is learns
        }
        names = read[paths[0]] if own else ()
        vectors = {name: torch.cat([read[path][name] for path in own], dim=1) for name in names}
        return Examples(tuple(own), torch.tensor(list(own.values()), dtype=torch.long), vectors)

    return Found(labels, part(True), part(False), tuple(skipped))
