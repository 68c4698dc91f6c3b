"""The camera: frames while a button is held, or one after the other, each when the last has been dealt with.

Frames are small JPEGs; nothing is recorded. Browsers allow a camera only over https, or on the computer itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from ui.widgets.component import component, sent_picture

LONGEST = 600_000  # letters of a frame
_mount = component("camera", Path(__file__).parent)


def camera(
    mode: Literal["held", "running"], on_frame: Callable[[bytes], None], *, key: str, answered: int, says: str = ""
) -> None:
    """Show the camera; ``on_frame`` is called with a JPEG: ``"held"``: while its button is held, ``"running"``: all
    the time. ``answered``: how many frames have been dealt with; the next comes when it has grown. ``says`` is written
    over the picture."""

    def framed() -> None:
        if (jpeg := sent_picture(key, "frame", "jpeg", LONGEST)) is not None:
            on_frame(jpeg)

    _mount(key=key, data={"mode": mode, "answered": answered, "says": says}, on_frame_change=framed)
