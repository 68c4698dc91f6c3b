"""A pad to draw a digit on, with mouse, pen or finger; what was drawn comes back when the pen is lifted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ui.widgets.component import component, sent_picture

LONGEST = 200_000  # letters of a drawing
_mount = component("draw_pad", Path(__file__).parent)


def draw_pad(on_draw: Callable[[bytes], None], key: str = "draw_pad") -> None:
    """Show the pad and call ``on_draw`` with a PNG, white on black, after every stroke. ``key`` tells pads apart."""

    def drawn() -> None:
        if (png := sent_picture(key, "drawn", "png", LONGEST)) is not None:
            on_draw(png)

    _mount(key=key, on_drawn_change=drawn)
