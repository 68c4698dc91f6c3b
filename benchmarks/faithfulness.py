"""Which maps of evidence are true: patches truly taken away in their order, of pictures that no model learned from.

``python -m benchmarks.faithfulness``: digits that are bundled and, with ``--photographs`` (a folder, zip or tar with a
sub-folder for each class, below ``test`` where there is also a part to train on), photographs. Prints a table: the
mean height of each method's deletion curve (the lower, the better) and insertion curve (the higher, the better), of
the answer's probability, and in how many pictures the method leads plain attention.

Pictures come in rounds, one of each class, so that wherever it ends every class has had its turn. The quick methods
are measured first on all of them, a photograph at 224 pixels in some 80 forward passes; integrated gradients take
another 50, occlusion another 240. ``--keep FILE`` writes a line for each when it is done, and goes on from there the
next time; interrupted, tables are made of what there is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from torch import Tensor

from benchmarks.accuracy import held_out
from vit import Trace, ViT, load_pretrained
from vit.analysis.evidence.path import integrated_gradients
from vit.analysis.evidence.quick_maps import quick_maps
from vit.analysis.evidence.target import Target, of_class
from vit.data.dataset import Pictures
from vit.experiments.occlusion import lost_without
from vit.experiments.removal import by_chance, outputs_on_removal, ranking, removal_curves
from vit.paths import ROOT
from vit.serving.fast_blocks import in_place

CHANCES = 3
AT_ONCE = 4  # patches of occlusion side by side
Areas = dict[str, tuple[float, float]]  # method → deletion and insertion
Maps = dict[str, np.ndarray]
Group = Callable[[ViT, Trace, Target], Maps]  # methods that are measured together


def balanced(labels: np.ndarray, count: int) -> list[int]:
    """Which pictures: one of each class, drawn at random, then another of each, and so on."""
    order = np.random.default_rng(0).permutation(len(labels))
    turn = np.zeros(len(labels), dtype=int)  # how many of its class come before
    for label in np.unique(labels):
        own = order[labels[order] == label]
        turn[own] = np.arange(len(own))
    return [int(place) for place in order[np.argsort(turn[order], kind="stable")][:count]]


def groups(steps: int) -> dict[str, Group]:
    """By the name of one method in each, the quick ones first. ``steps``: of integrated gradients; 0: none is slow."""
    found: dict[str, Group] = {"chance": _quick}
    if steps:
        found["integrated gradients"] = lambda model, trace, target: {
            "integrated gradients": integrated_gradients(model, trace.pixels, target, steps)
        }
        found["occlusion"] = _occlusion
    return found


def _quick(model: ViT, trace: Trace, target: Target) -> Maps:
    orders = [by_chance(trace.layout.n_patches, seed) for seed in range(CHANCES)]
    chance = {f"chance {seed}": -np.argsort(order).astype(float) for seed, order in enumerate(orders)}
    return quick_maps(model, trace, target) | chance


def _occlusion(model: ViT, trace: Trace, target: Target) -> Maps:
    parts = np.split(np.arange(trace.layout.n_patches), range(AT_ONCE, trace.layout.n_patches, AT_ONCE))
    return {"occlusion": np.concatenate([lost_without(model, trace, target, part.tolist()) for part in parts])}


def areas(model: ViT, pixels: Tensor, group: Group) -> Areas:
    """Of one picture; of the random orders, their mean."""
    trace = model.trace(pixels)
    assert trace.logits is not None
    target = of_class(model, int(trace.logits[0].argmax()), "the answer")
    maps = group(model, trace, target)
    orders = np.stack([*map(ranking, maps.values())])
    curves = removal_curves(outputs_on_removal(model, trace, orders), target.measure)
    found = {name: (one.deletion, one.insertion) for name, one in zip(maps, curves, strict=True)}
    chance = [found.pop(name) for name in list(found) if name.startswith("chance")]
    if chance:
        deletion, insertion = np.mean(chance, axis=0)
        found["chance"] = float(deletion), float(insertion)
    return found


def measured(model: ViT, pictures: Pictures, count: int, steps: int, kept: Kept) -> list[Areas]:
    """Of every picture; what was measured before is not measured again. Ctrl-C ends it early."""
    found = kept.found
    places = balanced(pictures.labels.numpy(), count)
    found += [{} for _ in places[len(found) :]]
    with suppress(KeyboardInterrupt):
        for name, group in groups(steps).items():
            for number, place in enumerate(places):
                if name in found[number]:
                    continue
                pixels = model.preprocessing.normalised(pictures.images[place][None].float() / 255)
                found[number] |= (new := areas(model, pixels, group))
                kept.write(number, new)
                print(f"{kept.title}, {name}: {number + 1}", end="\r", file=sys.stderr, flush=True)
    return found


class Kept:
    """The pictures of one table, in a file that other tables share, a line for what was measured of one at a time; no
    file, nothing kept."""

    def __init__(self, file: Path | None, title: str) -> None:
        self.file, self.title = file, title

    @property
    def found(self) -> list[Areas]:
        """What the file has under this title, by the picture's number."""
        if self.file is None or not self.file.exists():
            return []
        lines = [json.loads(line) for line in self.file.read_text(encoding="utf-8").splitlines()]
        own = [line for line in lines if line["title"] == self.title]
        found: list[Areas] = [{} for _ in range(1 + max((line["picture"] for line in own), default=-1))]
        for line in own:
            found[line["picture"]] |= line["areas"]
        return found

    def write(self, picture: int, found: Areas) -> None:
        if self.file is not None:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"title": self.title, "picture": picture, "areas": found}) + "\n")


def tables(found: list[Areas]) -> list[list[str]]:
    """A table for every number of first pictures that some method got to: of all methods that got so far."""
    names = dict.fromkeys(name for one in found for name in one)
    reached = {name: next((i for i, one in enumerate(found) if name not in one), len(found)) for name in names}
    counts = sorted({count for count in reached.values() if count}, reverse=True)
    return [table(found[:count], [name for name in names if reached[name] >= count]) for count in counts]


def table(found: list[Areas], names: list[str]) -> list[str]:
    """Means over pictures, the method that leads most first."""
    means = {name: np.mean([one[name] for one in found], axis=0) for name in names}
    leads = {name: np.array([one[name][1] - one[name][0] for one in found]) for name in names}
    lines = [
        f"| {len(found)} pictures | deletion | insertion | leads attention in |",
        "| --- | --- | --- | --- |",
    ]
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
        kept = Kept(arguments.keep, f"{name} at {side} pixels, {arguments.steps} steps")
        found = measured(model, held_out(source, model, side), arguments.pictures, arguments.steps, kept)
        for lines in tables(found):
            print(f"{name}, held-out pictures at {side} pixels", *lines, sep="\n", end="\n\n")


if __name__ == "__main__":
    main()
