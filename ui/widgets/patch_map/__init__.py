"""The picture as the model sees it, with its patches: hover to read a patch, click to choose it.

With ``values`` it is also a heat map: one number a patch, drawn over the picture, its colour bar
labelled with the true ends of the scale, the number itself shown under the pointer. With ``on_paint``
it is a sheet to draw on: patches are hidden with the pointer, and shown again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image

from ui.widgets.component import component, sent
from vit.figures.colour import VIRIDIS
from vit.figures.webp import address, webp

if TYPE_CHECKING:
    from vit.model.layout import TokenLayout

_mount = component("patch_map", Path(__file__).parent, "colours", "arrows", "brush")


def patch_map(
    image: Image.Image,
    layout: TokenLayout,
    *,
    key: str,
    alt: str,
    chosen: int | None = None,
    on_pick: Callable[[int], None] | None = None,
    values: np.ndarray | None = None,
    scale: tuple[float, float] | None = None,
    label: str = "",
    colours: Sequence[str] = VIRIDIS,
    hidden: Collection[int] = (),
    on_paint: Callable[[list[int]], None] | None = None,
) -> None:
    """Draw ``image`` with its grid; ``on_pick`` is called with the token index of a clicked patch.

    ``values``: one number a patch (gh·gw,), coloured from ``scale[0]`` to ``scale[1]`` (default:
    their own lowest and highest) in ``colours`` and named by ``label``; NaN for a patch that has none. ``chosen``
    is a token index. ``hidden``: patches, numbered from 0, drawn black; ``on_paint`` is called with
    those that are hidden after a stroke.
    """
    data: dict[str, object] = {
        "grid": list(layout.grid),
        "first": layout.n_prefix,
        "chosen": chosen,
        "clickable": on_pick is not None,
        "paintable": on_paint is not None,
        "hidden": sorted(hidden),
        "alt": alt,
        "image": _encode(image),
    }
    if values is not None:
        flat = np.asarray(values, dtype=np.float64).reshape(-1)
        low, high = scale or (float(np.nanmin(flat)), float(np.nanmax(flat)))
        shown = [None if np.isnan(value) else value for value in flat.tolist()]
        data |= {"values": shown, "low": low, "high": high, "label": label, "colours": list(colours)}

    def picked() -> None:
        token = sent(key, "picked")
        if on_pick and isinstance(token, int) and layout.n_prefix <= token < layout.n_tokens:
            on_pick(token)

    def painted() -> None:
        cells = sent(key, "painted")
        if on_paint and isinstance(cells, list):
            on_paint(sorted({cell for cell in cells if type(cell) is int and 0 <= cell < layout.n_patches}))

    _mount(key=key, data=data, on_picked_change=picked, on_painted_change=painted)


@st.cache_data(max_entries=256, show_spinner=False)  # about 20 KB each
def _encode(image: Image.Image) -> str:
    return address(webp(image, quality=92))
