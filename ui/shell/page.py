"""What every page has: title, paragraph, picture and model in use, formula, shapes, code, next stage.

``open_page`` draws the words first and only then wakes the model, so a page is readable at once. It
calls the sidebar itself: a page reached by a link before anything else runs without ``app.py``.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from csv import writer as csv_writer
from functools import lru_cache, partial
from io import BytesIO, StringIO
from textwrap import dedent

import numpy as np
import streamlit as st
from PIL import Image

from ui.server import model_thread
from ui.session import choices
from ui.session.scene import Scene, current_scene
from ui.shell import picture_menu
from ui.shell.router import ensure_menu
from ui.shell.router import page as page_of
from ui.shell.stages import after, stage_of

_READING = threading.Lock()  # ``inspect`` keeps the files it reads in one place, where two threads trip over each other
# Streamlit leaves six empty rems above a title; a projector has none to give away. Its captions and the
# dark theme's main buttons have too little contrast to be read from the last row (WCAG 2.2 wants 4.5).
# A table wider than a phone scrolls by itself, not with all of the page.
_STYLE = """<style>
.stMainBlockContainer { padding-top: 3.5rem; padding-bottom: 4rem; }
[data-testid="stCaptionContainer"] { opacity: 0.85; }
[data-testid="stMarkdownContainer"]:has(> table) { overflow-x: auto; }
[data-testid="stBaseButton-primary"] { color: light-dark(#ffffff, #10171a); }
</style>"""


def open_page(page: str, words: str) -> Scene:
    """Draw the head of ``page`` (its file's name) and the sidebar, and trace the picture in use."""
    ensure_menu()
    stage = stage_of(page)
    st.set_page_config(page_title=f"{stage.title} · ViT Explainer", layout="wide")
    choices.start()
    st.html(_STYLE)
    st.title(stage.title, anchor=False)
    st.markdown(words)
    if error := st.session_state.get("input_error"):
        st.error(f"{choices.escape(error)} The picture in use stays.")
    in_use = st.empty()
    with st.sidebar:
        picture_menu.choose_picture(page)
    with st.spinner("The model reads the picture …"):
        model_thread.start()
        scene = current_scene()
    choices.suit(scene.model.config.channels)
    with st.sidebar:
        _choose_model(scene)
    with in_use:
        _in_use(scene)
    choices.write_link()
    return scene


def _choose_model(scene: Scene) -> None:
    from ui.shell import model_menu

    model_menu.choose_model()
    model_menu.choose_resolution(scene.model)


def _in_use(scene: Scene) -> None:
    """One line that says which picture and model the numbers below come from."""
    from ui.shell import model_menu

    height, width = scene.trace.pixels.shape[-2:]
    gh, gw = scene.layout.grid
    prefix = ", ".join(scene.layout.name(i) for i in range(scene.layout.n_prefix)) or "no prefix token"
    picture, model = choices.escape(scene.picture.name), choices.escape(model_menu.short(scene.model_name))
    st.caption(
        f"**{picture}** · {model} · {height} × {width} pixels → "
        f"{gh} × {gw} patches + {prefix} = **{scene.layout.n_tokens} tokens** of width {scene.model.config.width}"
    )


def layer_slider(scene: Scene) -> int:
    """The layer, from 0; shared by all pages."""
    return _slider("Layer", "layer", scene.layer, scene.trace.depth)


def head_slider(scene: Scene) -> int:
    """The head, from 0; shared by all pages."""
    return _slider("Head", "head", scene.head, scene.trace.n_heads)


def _slider(label: str, name: str, value: int, count: int) -> int:
    if count == 1:  # a slider needs two places
        return 0
    widget = f"{name}_slider"
    st.session_state[widget] = value

    def keep() -> None:
        st.session_state[name] = st.session_state[widget]

    chosen = st.slider(label, 0, count - 1, key=widget, on_change=keep)
    return chosen


def shapes(*steps: tuple[str, str, tuple[int, ...]]) -> None:
    """What goes in and what comes out, a row a step: (name, einops pattern, shape)."""
    rows = [f"| {name} | `{pattern}` | `{' × '.join(map(str, shape))}` |" for name, pattern, shape in steps]
    st.markdown("\n".join(["| tensor | axes | shape for this picture |", "| --- | --- | --- |", *rows]))


def downloads(
    name: str,
    arrays: Mapping[str, np.ndarray],
    pictures: Mapping[str, Callable[[], Image.Image]] | None = None,
    table: Callable[[], str] | None = None,
) -> None:
    """Buttons for the page's numbers (NPZ, and CSV where ``table`` makes one) and pictures (PNG).

    Nothing is built before a button is pressed. Until then the functions stay in the session with all they hold:
    a page gives them as ``partial(…)`` of what they need, as a function of its own would hold the page's every name,
    its trace too. Plotly's figures have their own camera button.
    """

    def npz() -> bytes:
        buffer = BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    def png(picture: Callable[[], Image.Image]) -> bytes:
        buffer = BytesIO()
        picture().save(buffer, "PNG")
        return buffer.getvalue()

    with st.expander("Download"), st.container(horizontal=True):
        st.download_button("Numbers (NPZ)", npz, f"{name}.npz", on_click="ignore")
        if table:
            st.download_button("Table (CSV)", table, f"{name}.csv", "text/csv", on_click="ignore")
        for label, picture in (pictures or {}).items():
            st.download_button(
                f"{label} (PNG)", partial(png, picture), f"{name}-{label}.png", "image/png", on_click="ignore"
            )


def csv(columns: Mapping[str, Sequence[object]]) -> str:
    """A table as CSV, a column a name."""
    text = StringIO()
    writer = csv_writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def source(*parts: Callable[..., object] | type) -> None:
    """The lines of ``vit/`` that do what the page shows, read from the code that ran."""
    with st.expander("The code that does this"):
        for part in parts:
            st.caption(f"`{part.__module__}.{part.__qualname__}`")
            with _READING:
                text = _source(part)
            st.code(text, language="python")


@lru_cache(maxsize=128)
def _source(part: Callable[..., object] | type) -> str:
    """Read once: finding a class parses its whole file anew."""
    return dedent(inspect.getsource(part))


def next_stage(page: str) -> None:
    """A link to the stage that follows, so that the pages can be walked in order."""
    if stage := after(stage_of(page)):
        st.divider()
        st.page_link(page_of(stage), label=f"Next: **{stage.title}**. {stage.summary}")
