"""Pictures in folders, a folder a class → the vectors that a head learns from, and those it is judged on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vit.data.dataset import DataError
from vit.data.folders import nothing_readable, pictures, places
from vit.teaching.vectors import vectors_after_blocks

if TYPE_CHECKING:
    from vit.model.vit import ViT

Vectors = Mapping[str, Tensor]  # reading → (depth, n, d)


@dataclass(frozen=True)
class Examples:
    """n pictures: where each lay, its class (n,), and what can be read of it after each block."""

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


def examples(model: ViT, source: Path) -> Found:
    """What ``model`` makes of every picture in a folder, zip or tar. DataError where nothing can be learned from."""
    skipped: list[str] = []
    read = {path: vectors_after_blocks(model, model.preprocessing(one)) for path, one in pictures(source, skipped)}
    if not read:
        raise nothing_readable(source, skipped)
    paths = sorted(read)
    placed = dict(zip(paths, places(paths), strict=True))
    labels = tuple(sorted({label for label, learns in placed.values() if label and learns}))
    skipped += [f"{path}: lies in no class's folder." for path in paths if not placed[path][0]]
    unknown = {label for label, _ in placed.values()} - {"", *labels}
    skipped += [f"{label}: is a class to judge on, but not one to learn." for label in sorted(unknown)]
    if len(labels) < 2:
        raise DataError(
            f"{source.name} has {len(labels)} class of readable pictures: bring a sub-folder for each of two."
        )

    def part(learns: bool) -> Examples:
        own = [path for path in paths if placed[path][1] is learns and placed[path][0] in labels]
        classes = torch.tensor([labels.index(placed[path][0]) for path in own], dtype=torch.long)
        names = read[paths[0]] if own else ()
        return Examples(tuple(own), classes, {name: torch.cat([read[p][name] for p in own], dim=1) for name in names})

    return Found(labels, part(True), part(False), tuple(skipped))
