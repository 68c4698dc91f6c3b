"""A fold whose content is made when it is opened: for what costs something and most people leave closed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


@st.fragment
def fold(label: str, draw: Callable[[], None], key: str) -> None:
    """A closed expander; opening it, and what its controls do, reruns ``draw`` and nothing else of the page.

    ``draw`` stays in the session with all that it holds: give it as ``partial(…)`` of what it needs, no trace.
    """
    expander = st.expander(label, key=key, on_change="rerun")
    if expander.open:
        with expander:
            draw()
