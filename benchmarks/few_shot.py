"""How many pictures a taught head names rightly of those it has not seen: few to learn from, drawn many times.

``python -m benchmarks.few_shot FOLDER [--model NAME …] [--shots 4] [--classes 5] [--draws 50] [--keep]``: a folder,
zip or tar with a sub-folder for each class. Each draw takes some classes and a few pictures of each to learn from; the
share of the other pictures named rightly counts each class the same. All rows see the same draws. ``--keep`` writes
what was gained in each place beside the model's weights (:mod:`vit.teaching.elsewhere`): judge it by other pictures.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vit.checkpoints.loading import load_pretrained
from vit.data.dataset import DataError
from vit.paths import WEIGHTS
from vit.teaching.elsewhere import Gained, keep, known
from vit.teaching.examples import Examples, examples
from vit.teaching.teach import AUTOMATIC, NEAREST, Lesson, Wanted, balanced, teach

BUNDLED = "dinov2-small-imgfocus", "photos-10"
Draw = tuple[Tensor, Tensor, Tensor]  # pictures to learn from and to judge, and each class's number in this draw or -1


def draws(classes: Tensor, count: int, shots: int, times: int) -> Iterator[Draw]:
    """``count`` of the ``classes`` (n,) and ``shots`` pictures of each, ``times`` times; always the same."""
    rng = torch.Generator().manual_seed(0)
    for _ in range(times):
        taken = torch.randperm(int(classes.max()) + 1, generator=rng)[:count]
        order = torch.randperm(len(classes), generator=rng)
        of_each = [order[classes[order] == number] for number in taken]
        numbers = torch.full((int(classes.max()) + 1,), -1)
        numbers[taken] = torch.arange(count)
        yield torch.cat([each[:shots] for each in of_each]), torch.cat([each[shots:] for each in of_each]), numbers


def judge(
    vectors: Mapping[str, Tensor], classes: Tensor, drawn: Draw, wanted: Wanted, other: Gained | None
) -> tuple[Lesson, float]:
    """What is learned from a draw, and the balanced share right of the rest; ``vectors``: (depth, n, copies, d);
    ``other``: what is known from other pictures."""
    learn, rest, numbers = drawn
    rows = {name: each[:, learn].flatten(1, 2) for name, each in vectors.items()}
    lesson = teach(rows, numbers[classes[learn]], wanted, other)
    unseen = vectors[lesson.reading][lesson.blocks - 1, rest, 0].double()  # (pictures, d), as they are
    return lesson, balanced(lesson.head(unseen), numbers[classes[rest]])


def measure(name: str, found: Examples, shots: int, count: int, times: int) -> Gained:
    """Print the rows of one model; what its heads gained in each place, in the mean of the draws."""
    few = int(torch.bincount(found.classes).min())
    if few <= shots:
        raise DataError(f"A class has {few} pictures: with {shots} to learn from, some must be left to judge.")
    both = {reading: each.unflatten(1, (-1, 2)) for reading, each in found.vectors.items()}  # (depth, n, 2, d)
    plain = {reading: each[:, :, :1] for reading, each in both.items()}
    depth = len(next(iter(both.values())))
    rows: dict[str, tuple[Mapping[str, Tensor], Wanted, Gained | None]] = {
        "as the page chooses": (plain, AUTOMATIC, known(name)),
        "with mirrored copies": (both, AUTOMATIC, known(name)),
        "last block, nearest class mean": (plain, Wanted(blocks=depth, kind=NEAREST), None),
        "always after five blocks of six": (plain, Wanted(next(iter(plain)), max(depth * 5 // 6, 1)), None),
        "chosen by these pictures alone": (plain, AUTOMATIC, None),
    }
    lessons: list[Lesson] = []
    for row, how in rows.items():
        results = [judge(how[0], found.classes, drawn, *how[1:]) for drawn in draws(found.classes, count, shots, times)]
        lessons = [lesson for lesson, _ in results]
        shares = 100 * np.array([share for _, share in results])
        places = Counter(f"{lesson.reading} {lesson.blocks}" for lesson in lessons).most_common(3)
        often = ", ".join(f"{place} ({often})" for place, often in places)
        low, high = np.quantile(shares, (0.05, 0.95))
        print(f"{name:24} {row:32} {shares.mean():5.1f} %  {low:5.1f} to {high:5.1f}   {often}", flush=True)
    return {name: torch.stack([lesson.gained[name] for lesson in lessons]).mean(dim=0) for name in plain}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", nargs="+", default=BUNDLED, help="bundled models, folders or names on the Hub")
    parser.add_argument("--shots", type=int, default=4, help="pictures of each class to learn from")
    parser.add_argument("--classes", type=int, default=5, help="classes of each draw")
    parser.add_argument("--draws", type=int, default=50)
    parser.add_argument("--keep", action="store_true", help="write what was gained beside the bundled model's weights")
    asked = parser.parse_args()
    print(f"{'model':24} {'head':32} {'right':>7}  {'nine draws in ten':14}   read from, after so many blocks")
    for name in asked.model:
        found = examples(load_pretrained(name), asked.folder, mirrored=True).learned
        gained = measure(name, found, asked.shots, asked.classes, asked.draws)
        if asked.keep:
            keep(gained, WEIGHTS / name)


if __name__ == "__main__":
    main()
