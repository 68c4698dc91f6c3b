"""What was learned, in lines for a terminal."""

from __future__ import annotations

import torch

from vit.teaching.examples import Found
from vit.teaching.teach import Lesson, between


def report(lesson: Lesson, found: Found, depth: int) -> list[str]:
    """``depth``: the blocks of the whole model."""
    learned, judged, labels = found.learned, found.judged, found.labels
    counts = torch.bincount(learned.classes).tolist()
    right, of = lesson.right(learned.classes), len(learned.classes)
    low, high = between(right, of)
    said = lesson.left_out.argmax(dim=-1).tolist()
    wrong = [
        f"  {path}: {labels[number]}, taken for {labels[answer]}"
        for path, number, answer in zip(learned.paths, learned.classes.tolist(), said, strict=True)
        if number != answer
    ]
    lines = [
        f"{of} pictures: " + ", ".join(f"{label} {count}" for label, count in zip(labels, counts, strict=True)),
        f"the head: {lesson.kind} on {lesson.reading} after {lesson.blocks} of {depth} blocks",
        f"each left out in turn: {right} of {of} right; with so few it may stand for anything from {low} to {high}",
        *wrong,
        *(f"skipped {line}" for line in found.skipped),
    ]
    if len(judged.classes):
        copies = judged.vectors[lesson.reading][lesson.blocks - 1].double()  # (n·copies, d)
        vectors = copies[:: len(copies) // len(judged.classes)]  # (n, d), of the pictures as they are
        good = int((lesson.head(vectors).argmax(dim=-1) == judged.classes).sum())
        lines.append(f"of {len(judged.classes)} pictures that it did not learn from: {good} right")
    return lines
