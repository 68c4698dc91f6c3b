"""Several formulas in a row, below one another where there is no room: a single one cannot be broken on a phone."""

from __future__ import annotations

import streamlit as st


def formulas(*parts: str) -> None:
    """Draw each of the LaTeX ``parts`` as a formula of its own."""
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center", gap="medium"):
        for part in parts:
            st.latex(part, width="content")
