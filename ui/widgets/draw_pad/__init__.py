"""A pad to draw a digit on, with mouse, pen or finger; what was drawn comes back when the pen is lifted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from pathlib import Path

from ui.widgets.component import component, sent

_PREFIX = "data:image/png;base64,"
_mount = component("draw_pad", Path(__file__).parent)


def draw_pad(on_draw: Callable[[bytes], None], key: str = "draw_pad") -> None:
    """Show the pad and call ``on_draw`` with a PNG, white on black, after every stroke. ``key`` tells pads apart."""

    def drawn() -> None:
        url = sent(key, "drawn")
        if isinstance(url, str) and url.startswith(_PREFIX) and len(url) < 200_000:
            try:
                on_draw(base64.b64decode(url.removeprefix(_PREFIX), validate=True))
            except binascii.Error:
                return

    _mount(key=key, on_drawn_change=drawn)
