"""What stands at the foot of a page: the shapes of its tensors, the code that makes them, the way on."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from functools import lru_cache, partial
from textwrap import dedent

import streamlit as st

from ui.shell.router import page_of
from ui.shell.stages import Stage, after
from ui.widgets.fold import fold

_READING = threading.Lock()  # ``inspect`` keeps the files it reads in one place, where two threads trip over each other


def shapes(*steps: tuple[str, str, tuple[int, ...]], words: str = "") -> None:
    """What goes in and what comes out, a row a step: (name, einops pattern, shape). ``words`` stand above them."""
    rows = [f"| {name} | `{pattern}` | `{' × '.join(map(str, shape))}` |" for name, pattern, shape in steps]
    with st.expander("Shapes"):
        if words:
            st.markdown(words)
        st.markdown("\n".join(["| tensor | axes | shape for this picture |", "| --- | --- | --- |", *rows]))


def source(*parts: Callable[..., object] | type) -> None:
    """The lines of ``vit/`` that do what the page shows, read from the code that ran. Once opened: colouring them takes
    a browser a quarter of a second."""
    fold("The code that does this", partial(_listing, parts), key="listing")


def _listing(parts: tuple[Callable[..., object] | type, ...]) -> None:
    for part in parts:
        st.caption(f"`{part.__module__}.{part.__qualname__}`")
        with _READING:
            text = _source(part)
        st.code(text, language="python")


@lru_cache(maxsize=128)
def _source(part: Callable[..., object] | type) -> str:
    """Read once: finding a class parses its whole file anew."""
    return dedent(inspect.getsource(part))


def next_stage(stage: Stage) -> None:
    """A link to the stage that follows, so that the pages can be walked in order."""
    if following := after(stage):
        st.divider()
        st.page_link(page_of(following), label=f"Next: **{following.title}**. {following.summary}")
