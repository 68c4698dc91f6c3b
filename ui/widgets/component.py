"""Register a component whose parts, ``name.css``, ``name.js`` and perhaps ``name.html``, lie beside its Python file."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

Mount = Callable[..., None]
SHARED = Path(__file__).parent / "js"


def component(name: str, folder: Path, *shared: str, scripts: Sequence[str] = ()) -> Mount:
    """A function that mounts the component: ``mount(key=…, data={…}, on_<name>_change=…)``.

    ``shared`` names the scripts of ``ui/widgets/js`` that its own stands on; ``scripts`` its own below ``folder``,
    where they are others than ``name.js``. All are joined to one module, so parts read like imports in this order.
    The script gets ``data`` as a list of one: Streamlit looks through a dictionary for tables, and imports pandas for
    that, almost a second before the first picture, for components that send none.
    """
    html = folder / f"{name}.html"
    files = [SHARED / f"{part}.js" for part in shared] + [folder / f"{part}.js" for part in scripts or (name,)]
    mounted = st.components.v2.component(
        f"vit_{name}",
        html=html.read_text(encoding="utf-8") if html.exists() else None,
        css=(folder / f"{name}.css").read_text(encoding="utf-8"),
        js="\n".join(file.read_text(encoding="utf-8") for file in files),
    )

    def mount(*, key: str, data: Mapping[str, object] | None = None, **on_change: Any) -> None:
        mounted(key=key, data=[data], **on_change)

    return mount


def whole_number(value: object, below: int) -> int | None:
    """A number that a browser has sent, None unless it is one of 0 … below − 1."""
    right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below
    return int(value) if right else None  # type: ignore[call-overload]


def sent_picture(key: str, name: str, kind: str, longest: int) -> bytes | None:
    """The picture of this ``kind`` (``"png"``) that the component mounted as ``key`` has just sent as an address of at
    most ``longest`` letters; None for anything else."""
    url, start = sent(key, name), f"data:image/{kind};base64,"
    if not isinstance(url, str) or not url.startswith(start) or len(url) >= longest:
        return None
    try:
        return base64.b64decode(url.removeprefix(start), validate=True)
    except binascii.Error:
        return None


def sent(key: str, name: str) -> object:
    """What the component mounted as ``key`` has just sent under ``name``; None where it is on the page no more."""
    state = st.session_state.get(key)
    return state.get(name) if isinstance(state, Mapping) else None
