"""How often a classifier's pictures are called unlike what it learned, rightly and wrongly.

``python -m benchmarks.novelty LEARNED PHOTOGRAPHS [--model photos-10] [--keep]``. LEARNED: what the model learned
from, a folder, zip or tar with ``train`` and ``test``, in each a sub-folder for each class. PHOTOGRAPHS: another kind
of pictures, in sub-folders with the classes' names and one called ``none`` for what is of no class.

Every fifth of those learned from is read; of each photograph its middle too, as a close-up, and each of ``none`` once
more as coarse as those learned from. The photographs are kept back in five parts: those of the classes at random, those
of none in the order of their names, so that a name's first letters keep like with like and a kind of thing is kept back
whole. The threshold comes from half of those held out and the others are asked, in turn. ``--keep`` writes what is
fitted on all of them beside the model's weights (:mod:`vit.analysis.novelty`).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from vit import ViT
from vit.analysis.novelty import BLOCKS, Examples, Known, fit, novelty, write
from vit.checkpoints.loading import load_pretrained
from vit.data.dataset import DataError
from vit.data.folders import is_noise, nothing_readable, pictures, places
from vit.data.members import members
from vit.paths import WEIGHTS
from vit.pictures.decoded import Decoded
from vit.teaching.vectors import parts_after_blocks

NONE, FIFTH = "none", 5
COARSE = 28  # of CIFAR-10's 32 pixels a side, so many lie within the middle that a model sees


@dataclass(frozen=True)
class Tokens:
    """``cls``: (blocks, n, d), after the last blocks. ``labels``: (n,), -1 for pictures of no class."""

    cls: Tensor
    labels: Tensor

    def of(self, which: Tensor) -> Tokens:
        return Tokens(self.cls[:, which], self.labels[which])


@dataclass(frozen=True)
class Photographs:
    """``whole``: photographs of the classes and of none. ``close``: the middle of each. ``coarse``: those of none once
    more, in the same order."""

    whole: Tokens
    close: Tokens
    coarse: Tokens

    def of(self, which: Tensor) -> Photographs:
        """Those of them that ``which`` (n,) is true of."""
        return Photographs(self.whole.of(which), self.close.of(which), self.coarse.of(which[self.whole.labels < 0]))

    @property
    def own(self) -> Tensor:
        """Which are of the classes: (n,)."""
        return self.whole.labels >= 0


def last_cls(model: ViT, pixels: Tensor) -> Tensor:
    return parts_after_blocks(model, pixels)["cls"][-BLOCKS:]


def middle(picture: Decoded) -> Image.Image:
    """What lies within half of its shorter side: a close-up of what it shows, or of a part."""
    side = min(picture.size) / 2
    left, upper = ((whole - side) / 2 for whole in picture.size)
    return picture.part((round(left), round(upper), round(left + side), round(upper + side)))


def coarse(pixels: Tensor) -> Tensor:
    """Pictures (b, c, height, width) with as little in them as a small one that was enlarged."""
    small = F.interpolate(pixels, (COARSE, COARSE), mode="bicubic", antialias=True)
    return F.interpolate(small, pixels.shape[-2:], mode="bicubic")


def read_learned(model: ViT, source: Path, every: int = 1) -> tuple[Tokens, Tokens]:
    """Of each ``every``-th picture to learn from, and of those held out."""
    place = _places(source, model.config.labels)
    found: list[tuple[Tensor, int, bool]] = []
    seen, skipped = 0, list[str]()
    for path, picture in pictures(source, skipped):
        name, trains = place[path]
        seen += trains
        if name and (not trains or seen % every == 0):
            label = model.config.labels.index(name)
            found.append((last_cls(model, model.preprocessing(picture)), label, trains))
    if not found:
        raise nothing_readable(source, skipped)
    tokens, labels, trained = zip(*found, strict=True)
    both, learned = Tokens(torch.cat(tokens, dim=1), torch.tensor(labels)), torch.tensor(trained)
    return both.of(learned), both.of(~learned)


def read_photographs(model: ViT, source: Path) -> Photographs:
    """Every photograph that lies in a folder, in the order of their names."""
    place = _places(source, (*model.config.labels, NONE))
    found: list[tuple[str, int, Tensor, Tensor]] = []
    coarse_ones: dict[str, Tensor] = {}
    skipped: list[str] = []
    for path, picture in pictures(source, skipped):
        if not (name := place[path][0]):
            continue
        pixels, label = model.preprocessing(picture), -1 if name == NONE else model.config.labels.index(name)
        close = last_cls(model, model.preprocessing(middle(picture)))
        found.append((str(path), label, last_cls(model, pixels), close))
        if label < 0:
            coarse_ones[str(path)] = last_cls(model, coarse(pixels))
    if not found:
        raise nothing_readable(source, skipped)
    if not 0 < len(coarse_ones) < len(found):
        raise DataError(f"{source.name} needs photographs of the classes, and of none of them in a folder {NONE!r}.")
    found.sort(key=lambda one: one[0])
    labels = torch.tensor([label for _, label, _, _ in found])
    whole = torch.cat([cls for _, _, cls, _ in found], dim=1)
    close = torch.cat([cls for _, _, _, cls in found], dim=1)
    reduced = torch.cat([coarse_ones[path] for path, *_ in found if path in coarse_ones], dim=1)
    return Photographs(Tokens(whole, labels), Tokens(close, labels), Tokens(reduced, labels[labels < 0]))


def _places(source: Path, names: Sequence[str]) -> dict[PurePosixPath, tuple[str, bool]]:
    """Of each picture its folder's name, empty for what lies in none, and whether it is one to learn from.

    DataError where a folder has none of the ``names``.
    """
    paths = [member.path for member in members(source) if not is_noise(member.path)]
    place = dict(zip(paths, places(paths), strict=True))
    if unknown := {name for name, _ in place.values()} - {*names, ""}:
        raise DataError(f"{source.name} has {', '.join(sorted(unknown))}: one of {', '.join(names)} is needed.")
    return place


def known(learned: Tokens, kept: Tokens, photographs: Photographs) -> Known:
    """Each kind of picture counts as much as another, but whole photographs of none of the classes half as much again,
    and what is coarse by reduction half as much."""
    own, coarse_ones = photographs.own, photographs.coarse
    kinds = [(learned, 1.0), (photographs.whole.of(own), 1.0), (photographs.whole.of(~own), 1.5)]
    kinds += [(photographs.close.of(own), 1.0), (photographs.close.of(~own), 1.0), (coarse_ones, 0.5)]
    return fit([Examples(kind.cls, kind.labels, counts) for kind, counts in kinds], kept.cls)


def parted(tokens: Tokens, half: int) -> tuple[Tokens, Tokens]:
    """Every second picture, from number ``half`` on, and the others."""
    even = torch.arange(len(tokens.labels)) % 2 == half
    return tokens.of(even), tokens.of(~even)


def without_a_fifth(photographs: Photographs, fifth: int) -> tuple[Photographs, Photographs]:
    """The photographs but for one part of five, and that part."""
    own = int(photographs.own.sum())
    none = len(photographs.own) - own
    out = torch.empty_like(photographs.own)
    out[photographs.own] = torch.randperm(own, generator=torch.Generator().manual_seed(0)) % FIFTH == fifth
    out[~photographs.own] = torch.arange(none) * FIFTH // none == fifth
    return photographs.of(~out), photographs.of(out)


def flagged(tokens: Tokens, of: Known) -> list[bool]:
    """Which are called unlike what is known."""
    found: list[bool] = (novelty(tokens.cls, of) > 1).tolist()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("learned", type=Path)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--model", default="photos-10")
    parser.add_argument("--keep", action="store_true", help="write what is known beside the bundled model's weights")
    asked = parser.parse_args()
    model = load_pretrained(asked.model)
    learned, held_out = read_learned(model, asked.learned, FIFTH)
    photographs = read_photographs(model, asked.photographs)
    rows: dict[str, list[bool]] = {"held out": [], "photographs of the classes": [], "of none of them": []}
    for fifth in range(FIFTH):
        seen, unseen = without_a_fifth(photographs, fifth)
        kept, judged = parted(held_out, fifth % 2)
        told = known(learned, kept, seen)
        asked_of = (judged, unseen.whole.of(unseen.own), unseen.whole.of(~unseen.own))
        for row, tokens in zip(rows, asked_of, strict=True):
            rows[row] += flagged(tokens, told)
    own = int(photographs.own.sum())
    print(f"{len(held_out.labels)} held out, photographs: {own} of the classes, {len(photographs.own) - own} of none")
    for row, found in rows.items():
        print(f"{row:28} {100 * sum(found) / len(found):5.1f} % are called unlike")
    if asked.keep:
        write(known(learned, held_out, photographs), WEIGHTS / asked.model)


if __name__ == "__main__":
    main()
