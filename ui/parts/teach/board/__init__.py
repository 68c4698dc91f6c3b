"""The classes as rows of small pictures: press a name to choose it, a picture to take it away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ui.widgets.component import component, sent, whole_number
from vit.figures.colour import class_colour
from vit.figures.webp import address
from vit.teaching.picture_classes import PictureClasses

SHOWN = 24  # pictures of a class
_mount = component("board", Path(__file__).parent)


def board(
    classes: PictureClasses, chosen: int, on_choose: Callable[[int], None], on_remove: Callable[[str], None]
) -> None:
    """Show all classes; ``on_choose`` is called with a class's number, ``on_remove`` with a picture's key."""
    rows = [
        {
            "name": one.name,
            "colour": class_colour(number),
            "count": len(one.examples),
            "items": [
                {"key": example.key, "name": example.name, "image": address(example.thumbnail)}
                for example in one.examples[-SHOWN:]
            ],
        }
        for number, one in enumerate(classes.classes)
    ]

    def choose() -> None:
        if (number := whole_number(sent("board", "chosen"), len(rows))) is not None:
            on_choose(number)

    def remove() -> None:
        if isinstance(key := sent("board", "removed"), str):
            on_remove(key)

    _mount(key="board", data={"rows": rows, "chosen": chosen}, on_chosen_change=choose, on_removed_change=remove)
