"""A table of words and numbers, as plain Markdown: read by screen readers, wrapped on phones, without pandas.

Streamlit's own data frames import pandas, a second and 80 MB of the server's. And while one session
imports it, a chart that another draws meets a half-loaded one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from ui.widgets.markdown import escape

FEW, HEIGHT = 6, 400  # rows that are shown whole; pixels that more of them get, to be scrolled


def table(rows: Sequence[Mapping[str, object]]) -> None:
    """Draw ``rows``, all with the same keys, which head the columns; where there are many they scroll.

    Numbers stand on the right. None is an empty cell; no text is read as Markdown.
    """
    numbers = [all(isinstance(row[name], (int, float, type(None))) for row in rows) for name in rows[0]]
    lines = [
        "| " + " | ".join(map(escape, rows[0])) + " |",
        "| " + " | ".join("---:" if number else "---" for number in numbers) + " |",
        *("| " + " | ".join(map(_cell, row.values())) + " |" for row in rows),
    ]
    with st.container(height="content" if len(rows) <= FEW else HEIGHT, border=False):
        st.markdown("\n".join(lines))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return escape(f"{value:,}" if isinstance(value, (int, float)) else str(value))
