"""Where the explorer opens for somebody who has chosen no block and no head."""

from __future__ import annotations

from ui.server.shared import model_result
from ui.session.keys import chosen
from ui.session.scene import Scene
from vit import Trace
from vit.analysis.telling_head import most_telling_head


@model_result(max_entries=256)
def _most_telling(key: tuple[str, ...], token: int, _trace: Trace) -> tuple[int, int]:
    """The layer and head that show most of where a token looks."""
    return most_telling_head(_trace, token)


def first_look(scene: Scene) -> tuple[int, int, str]:
    """The layer and head to show, and a sentence that says why, empty where the person has chosen them."""
    if chosen.layer is not None or chosen.head is not None:
        return scene.layer, scene.head, ""
    layer, head = _most_telling(scene.key, scene.token, scene.trace)
    name = scene.layout.name(scene.token)
    why = (
        f"Opened at block {layer}, head {head}: of the second half of the blocks, the head in which what {name} takes "
        "is most concentrated on few patches."
    )
    return layer, head, why
