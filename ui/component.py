"""Register a component whose HTML-free parts, ``name.css`` and ``name.js``, lie beside its Python file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

Mount = Callable[..., None]


def component(name: str, folder: Path) -> Mount:
    """A function that mounts the component: ``mount(key=…, data={…}, on_<name>_change=…)``.

    The script gets ``data`` as a list of one. Streamlit looks through a dictionary for tables, and imports
    pandas for that: almost a second before the first picture, for components that send none.
    """
    mounted = st.components.v2.component(
        f"vit_{name}",
        css=(folder / f"{name}.css").read_text(encoding="utf-8"),
        js=(folder / f"{name}.js").read_text(encoding="utf-8"),
    )

    def mount(*, key: str, data: Mapping[str, object] | None = None, **on_change: Callable[[], None]) -> None:
        mounted(key=key, data=[data], **on_change)

    return mount
