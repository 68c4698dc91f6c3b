"""Which maps of evidence are true: patches taken away in their order, on pictures that the models never learned from.

``python -m benchmarks.faithfulness``: digits that are bundled and, with ``--photographs`` (a folder, zip or tar with a
sub-folder for each class, below ``test`` where there is also a part to train on), photographs. Prints a table: the
mean height of each method's deletion curve (the lower, the better) and insertion curve (the higher, the better), of
the answer's probability, and in how many pictures the method leads plain attention.

With all methods a photograph at 224 pixels takes some 400 forward passes, nearly all of them for occlusion (a pass a
patch) and the curves. ``--keep FILE`` writes a line for each picture when it is done, and goes on from there the next
time; interrupted, the table is made of the pictures there are.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import numpy as np
from torch import Tensor

from benchmarks.accuracy import held_out
from vit import ViT, load_pretrained
from vit.analysis.evidence.path import integrated_gradients
from vit.analysis.evidence.quick_maps import quick_maps
from vit.analysis.evidence.target import of_class
from vit.experiments.occlusion import lost_without
from vit.experiments.removal import by_chance, outputs_on_removal, ranking, removal_curves
from vit.paths import ROOT
from vit.serving.fast_blocks import in_place

CHANCES = 3
Areas = dict[str, tuple[float, float]]  # method → deletion and insertion


def pictures(model: ViT, source: Path, side: int, count: int) -> Iterator[Tensor]:
    """Held-out pictures as the model gets them, (1, c, side, side), spread over all classes."""
    found = held_out(source, model, side)
    for place in np.random.default_rng(0).permutation(len(found.images))[:count]:
        yield model.preprocessing.normalised(found.images[int(place)][None].float() / 255)


def areas(model: ViT, pixels: Tensor, steps: int) -> Areas:
    """Of one picture. ``steps``: of integrated gradients; with 0 both slow methods are
    left out."""
    trace = model.trace(pixels)
    assert trace.logits is not None
    target = of_class(model, int(trace.logits[0].argmax()), "the answer")
    maps = quick_maps(model, trace, target)
    n = trace.layout.n_patches
    if steps:
        maps["integrated gradients"] = integrated_gradients(model, trace.pixels, target, steps)
        maps["occlusion"] = np.concatenate([lost_without(model, trace, target, [patch]) for patch in range(n)])
    chance = [by_chance(n, seed) for seed in range(CHANCES)]
    orders = np.stack([*map(ranking, maps.values()), *chance])
    curves = removal_curves(outputs_on_removal(model, trace, orders), target.measure)
    found = {name: (one.deletion, one.insertion) for name, one in zip(maps, curves, strict=False)}
    last = curves[-CHANCES:]
    by_luck = (np.mean([one.deletion for one in last]), np.mean([one.insertion for one in last]))
    return found | {"chance": (float(by_luck[0]), float(by_luck[1]))}


def measured(model: ViT, shown: Iterator[Tensor], steps: int, kept: Kept) -> list[Areas]:
    """Of every picture; those that were measured before are not measured again. Ctrl-C ends it early."""
    found = kept.found
    with suppress(KeyboardInterrupt):
        for pixels in islice(shown, len(found), None):
            found.append(areas(model, pixels, steps))
            kept.write(found[-1])
            print(f"{kept.title}: {len(found)}", end="\r", file=sys.stderr, flush=True)
    return found


class Kept:
    """The pictures of one table, a line each in a file that other tables share; no file, nothing kept."""

    def __init__(self, file: Path | None, title: str) -> None:
        self.file, self.title = file, title

    @property
    def found(self) -> list[Areas]:
        """What the file has under this title, in the order of the pictures."""
        if self.file is None or not self.file.exists():
            return []
        lines = [json.loads(line) for line in self.file.read_text(encoding="utf-8").splitlines()]
        return [line["areas"] for line in lines if line["title"] == self.title]

    def write(self, found: Areas) -> None:
        if self.file is not None:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"title": self.title, "areas": found}) + "\n")


def table(found: list[Areas]) -> list[str]:
    """Means over pictures, the method that leads most first."""
    means = {name: np.mean([one[name] for one in found], axis=0) for name in found[0]}
    leads = {name: np.array([one[name][1] - one[name][0] for one in found]) for name in means}
    lines = ["| method | deletion | insertion | leads attention in |", "| --- | --- | --- | --- |"]
    for name in sorted(means, key=lambda name: -leads[name].mean()):
        better = (leads[name] > leads["attention"]).mean()
        lines.append(f"| {name} | {means[name][0]:.3f} | {means[name][1]:.3f} | {better:.0%} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photographs", type=Path)
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--side", type=int, default=224, help="of photographs, in pixels")
    parser.add_argument("--steps", type=int, default=16, help="of integrated gradients; 0: no slow method")
    parser.add_argument("--keep", type=Path, help="a file to keep each picture's numbers in, and to go on from")
    arguments = parser.parse_args()
    sources = [("mnist-vit", ROOT / "data" / "mnist-10k", 28)]
    if arguments.photographs:
        sources.append(("photos-10", arguments.photographs, arguments.side))
    for name, source, side in sources:
        model = in_place(load_pretrained(name))
        shown = pictures(model, source, side, arguments.pictures)
        kept = Kept(arguments.keep, f"{name} at {side} pixels, {arguments.steps} steps")
        if found := measured(model, shown, arguments.steps, kept):
            print(f"{name}, {len(found)} held-out pictures at {side} pixels", *table(found), sep="\n", end="\n\n")


if __name__ == "__main__":
    main()
