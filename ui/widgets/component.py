"""Register a component whose HTML-free parts, ``name.css`` and ``name.js``, lie beside its Python file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

Mount = Callable[..., None]
SHARED = Path(__file__).parent / "js"


def component(name: str, folder: Path, *parts: str) -> Mount:
    """A function that mounts the component: ``mount(key=…, data={…}, on_<name>_change=…)``.

    ``parts`` names the shared scripts of ``ui/js`` that its own stands on. The script gets ``data`` as a
    list of one. Streamlit looks through a dictionary for tables, and imports pandas for that: almost a
    second before the first picture, for components that send none.
    """
    mounted = st.components.v2.component(
        f"vit_{name}",
        css=(folder / f"{name}.css").read_text(encoding="utf-8"),
        js=script(*(SHARED / f"{part}.js" for part in parts), folder / f"{name}.js"),
    )

    def mount(*, key: str, data: Mapping[str, object] | None = None, **on_change: Callable[[], None]) -> None:
        mounted(key=key, data=[data], **on_change)

    return mount


def sent(key: str, name: str) -> object:
    """What the component mounted as ``key`` has just sent under ``name``; None where it is on the page no more."""
    state = st.session_state.get(key)
    return state.get(name) if isinstance(state, Mapping) else None


def script(*files: Path) -> str:
    """One module of several files: a component is one script, and its parts read like imports in this order."""
    return "\n".join(file.read_text(encoding="utf-8") for file in files)
