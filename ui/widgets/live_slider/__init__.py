"""A slider that acts while it is dragged; Streamlit's own acts when it is let go.

A components-v2 component. It asks for the next run only when the last has come back, so that a slow server is asked as
often as it can answer. To be used in a fragment: what is in it follows the drag.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ui.widgets.component import component, sent, whole_number

_mount = component("live_slider", Path(__file__).parent)


def live_slider(label: str, value: int, highest: int, *, key: str, on_move: Callable[[int], None]) -> bool:
    """A slider from 0 to ``highest``, at ``value``. ``on_move``: a callback for every value that is reached.

    True in a run that a drag has caused; False once it is let go.
    """

    def moved(what: str) -> None:
        if (reached := whole_number(sent(key, what), highest + 1)) is not None:
            on_move(reached)

    _mount(
        key=key,
        data={"label": label, "value": value, "highest": highest},
        on_moved_change=lambda: moved("moved"),
        on_released_change=lambda: moved("released"),
    )
    return sent(key, "moved") is not None and sent(key, "released") is None
