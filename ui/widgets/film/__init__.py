"""The patches' colours at every level as a film: scrub or play it in the browser, no round trip a frame.

All levels together are a few kilobytes, so they are sent once; only the level at which the person
stops comes back, for the other figures of the page to follow.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ui.widgets.component import component, sent, whole_number

_mount = component("film", Path(__file__).parent, "colours")


def film(
    colours: np.ndarray, names: Sequence[str], level: int, *, key: str, alt: str, on_level: Callable[[int], None]
) -> None:
    """Show ``colours`` (levels, gh, gw, 3) RGB bytes from ``level`` on; ``names`` says what each level is.

    ``on_level`` is called with the level the person scrubs or plays to.
    """
    data = {
        "colours": base64.b64encode(colours.tobytes()).decode(),
        "grid": list(colours.shape[1:3]),
        "names": list(names),
        "level": level,
        "alt": alt,
    }

    def chosen() -> None:
        if (stopped := whole_number(sent(key, "level"), len(names))) is not None:
            on_level(stopped)

    _mount(key=key, data=data, on_level_change=chosen)
