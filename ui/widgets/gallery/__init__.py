"""The sample gallery: thumbnails to click, in one small component instead of a widget a picture."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import streamlit as st
from PIL import Image, ImageOps

from ui.widgets.component import component, sent

_mount = component("gallery", Path(__file__).parent)


def gallery(samples: Mapping[str, Path], chosen: str | None, on_pick: Callable[[str], None]) -> None:
    """Show ``samples`` (name → file) and call ``on_pick`` with the name that is clicked."""

    def picked() -> None:
        name = sent("gallery", "picked")
        if isinstance(name, str) and name in samples:
            on_pick(name)

    items = [{"name": name, "image": _thumbnail(str(path))} for name, path in samples.items()]
    _mount(key="gallery", data={"items": items, "chosen": chosen}, on_picked_change=picked)


@st.cache_data(max_entries=64, show_spinner=False)
def _thumbnail(path: str) -> str:
    image = ImageOps.fit(Image.open(path).convert("RGB"), (112, 112))
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=80)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
