"""Steps of the walk that have no place in the picture of the whole model."""

from __future__ import annotations

import streamlit as st

from ui.shell.lesson import note
from ui.shell.router import page_of
from ui.shell.stages import STEPS


def other_steps() -> None:
    """A link and a sentence for each."""
    for step in STEPS:
        if step.place is None:
            st.page_link(page_of(step), label=f"**{step.title}** →")
            note(step.summary)
