"""Small pictures with captions in rows that fit the screen: a few kilobytes, sharp cells, no widget a picture."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from typing import Literal

import streamlit as st

_STYLE = """<style>
.thumbs { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fit, minmax(var(--side), 1fr)); }
.thumbs figure { margin: 0; max-width: var(--widest); }
.thumbs img { display: block; width: 100%; image-rendering: pixelated; border-radius: 4px; }
.thumbs .chosen img { outline: 3px solid #ffb000; outline-offset: 1px; }
.thumbs figcaption { font-size: .8rem; line-height: 1.3; margin-top: .2rem; text-align: center;
  font-variant-numeric: tabular-nums; }
</style>"""


def thumbnails(
    items: Iterable[tuple[bytes, str, str]],
    side: int,
    chosen: int | None = None,
    widest: int | None = None,
    kind: Literal["png", "webp"] = "png",
) -> None:
    """Show (picture's file, caption, alternative text) items, ``side`` to ``widest`` pixels wide; frame the
    ``chosen``."""
    figures = [
        f"<figure{' class=chosen' * (place == chosen)}>"
        f'<img src="data:image/{kind};base64,{base64.b64encode(picture).decode()}" alt="{escape(alt)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for place, (picture, caption, alt) in enumerate(items)
    ]
    sizes = f"--side: {side}px; --widest: {widest or 1.7 * side}px"
    st.html(f'{_STYLE}<div class="thumbs" style="{sizes}">{"".join(figures)}</div>')
