"""The sample gallery: thumbnails to click, in one small component instead of a widget a picture."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageOps

from ui.widgets.component import component, sent
from vit.figures.webp import address, webp

_mount = component("gallery", Path(__file__).parent)
SIDE = 112  # pixels of a thumbnail, shown at two thirds of that or less


def gallery(
    samples: Mapping[str, Path], chosen: Collection[str], on_pick: Callable[[str], None], key: str = "gallery"
) -> None:
    """Show ``samples`` (name → file), those ``chosen`` framed; call ``on_pick`` with the name that is clicked."""

    def picked() -> None:
        name = sent(key, "picked")
        if isinstance(name, str) and name in samples:
            on_pick(name)

    items = [{"name": name, "image": thumbnail(str(path))} for name, path in samples.items()]
    _mount(key=key, data={"items": items, "chosen": list(chosen)}, on_picked_change=picked)


@lru_cache(maxsize=64)  # asked for at every rerun, and Streamlit's own cache takes its time to answer
def thumbnail(path: str) -> str:
    """The sample at ``path`` small, as a ``data:`` address."""
    image = Image.open(path)
    image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is unpacked at the next larger of a few sizes
    return address(webp(ImageOps.fit(image.convert("RGB"), (SIDE, SIDE)), quality=80))
