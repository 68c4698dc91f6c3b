"""How often a classifier's pictures are called unlike what it learned, rightly and wrongly.

``python -m benchmarks.novelty LEARNED PHOTOGRAPHS [--model photos-10] [--keep]``. LEARNED: what the model learned
from, a folder, zip or tar with ``train`` and ``test``, in each a sub-folder for each class. PHOTOGRAPHS: another kind
of pictures, in sub-folders with the classes' names and one called ``none`` for what is of no class.

Every fifth of those learned from is read. The threshold comes from half of those held out and the others are asked;
half of the photographs of the classes are learned from too and the others are asked; both ways, the mean is printed.
``--keep`` writes what is known from all of them beside the model's weights (:mod:`vit.analysis.novelty`).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from vit import ViT
from vit.analysis.novelty import BLOCKS, Known, fit, novelty, write
from vit.checkpoints.loading import load_pretrained
from vit.data.dataset import DataError
from vit.data.folders import is_noise, nothing_readable, pictures, places
from vit.data.members import members
from vit.paths import WEIGHTS
from vit.teaching.vectors import parts_after_blocks

NONE, FIFTH = "none", 5


@dataclass(frozen=True)
class Tokens:
    """``cls``: (blocks, n, d), after the last blocks. ``labels``: (n,), -1 for pictures of no class."""

    cls: Tensor
    labels: Tensor

    def of(self, which: Tensor) -> Tokens:
        return Tokens(self.cls[:, which], self.labels[which])


def read(model: ViT, source: Path, every: int = 1) -> tuple[Tokens, Tokens]:
    """Of each ``every``-th picture to learn from, and of those held out."""
    paths = [member.path for member in members(source) if not is_noise(member.path)]
    place = dict(zip(paths, places(paths), strict=True))
    if unknown := {name for name, _ in place.values()} - {*model.config.labels, NONE, ""}:
        raise DataError(f"{source.name} has {', '.join(sorted(unknown))}: no class of the model, and not {NONE!r}.")
    found: list[tuple[Tensor, int, bool]] = []
    seen, skipped = 0, list[str]()
    for path, picture in pictures(source, skipped):
        name, trains = place[path]
        seen += trains
        if name and (not trains or seen % every == 0):
            cls = parts_after_blocks(model, model.preprocessing(picture))["cls"][-BLOCKS:]
            found.append((cls, -1 if name == NONE else model.config.labels.index(name), trains))
    if not found:
        raise nothing_readable(source, skipped)
    tokens, labels, trained = zip(*found, strict=True)
    both, learned = Tokens(torch.cat(tokens, dim=1), torch.tensor(labels)), torch.tensor(trained)
    return both.of(learned), both.of(~learned)


def known(learned: Tokens, kept: Tokens, photographs: Tokens) -> Known:
    return fit(learned.cls, learned.labels, kept.cls, photographs.cls, photographs.labels)


def parted(tokens: Tokens, half: int) -> tuple[Tokens, Tokens]:
    """Every second picture, from number ``half`` on, and the others."""
    even = torch.arange(len(tokens.labels)) % 2 == half
    return tokens.of(even), tokens.of(~even)


def flagged(tokens: Tokens, of: Known) -> float:
    """The share that is called unlike what is known."""
    return float((novelty(tokens.cls, of) > 1).float().mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("learned", type=Path)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--model", default="photos-10")
    parser.add_argument("--keep", action="store_true", help="write what is known beside the bundled model's weights")
    asked = parser.parse_args()
    model = load_pretrained(asked.model)
    learned, held_out = read(model, asked.learned, FIFTH)
    photographs, _ = read(model, asked.photographs)
    own, none = photographs.of(photographs.labels >= 0), photographs.of(photographs.labels < 0)
    shares: dict[str, list[float]] = {}
    for half in (0, 1):
        (kept, judged), (seen, unseen) = parted(held_out, half), parted(own, half)
        told = known(learned, kept, seen)
        for row, asked_of in (("held out", judged), ("photographs of the classes", unseen), ("of none of them", none)):
            shares.setdefault(row, []).append(flagged(asked_of, told))
    print(f"{len(held_out.labels)} held out, {len(own.labels)} photographs of the classes, {len(none.labels)} of none")
    for row, found in shares.items():
        print(f"{row:28} {50 * sum(found):5.1f} % are called unlike")
    if asked.keep:
        write(known(learned, held_out, own), WEIGHTS / asked.model)


if __name__ == "__main__":
    main()
