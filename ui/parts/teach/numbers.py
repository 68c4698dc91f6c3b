"""The head's tensors: their shapes, and all numbers to take away."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from ui.parts.teach.fitted import Fitted
from ui.shell.downloads import csv, downloads
from ui.shell.page_foot import shapes


def numbers(fitted: Fitted) -> None:
    """Shapes, and files."""
    taught, head, left_out = fitted.taught, fitted.head, fitted.lesson.left_out
    n, d = fitted.vectors.shape
    shapes(
        ("vectors read", "n d", (n, d)),
        ("weight of the head", "classes d", tuple(head.weight.shape)),
        ("logits, each left out", "n classes", tuple(left_out.shape)),
    )
    columns: dict[str, Collection[object]] = {
        "picture": [example.name for example in taught.examples],
        "class": [head.labels[number] for number in taught.classes.tolist()],
        "left out": [head.labels[number] for number in fitted.said],
        "helps": fitted.helps.tolist(),
    }
    tensors = {"vectors": fitted.vectors, "classes": taught.classes, "weight": head.weight, "bias": head.bias}
    arrays = {name: tensor.numpy() for name, tensor in tensors.items()} | {"left_out": left_out.numpy()}
    downloads("teach", arrays, table=partial(csv, columns))
