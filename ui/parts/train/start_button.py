"""The button that starts a run, and the same as a command."""

from __future__ import annotations

import streamlit as st

from ui.parts.train import commands
from ui.parts.train.pictures import Facts
from ui.widgets.markdown import escape
from vit.training.limits import SettingsError
from vit.training.run.files import RunError
from vit.training.settings import Settings


def start_button(settings: Settings, base: tuple[str, ...], facts: Facts) -> str:
    """The button, once there is something to train on, and the same as a command; empty while there is nothing."""
    if settings.data.name == "folder" and facts.classes < 2:
        if not settings.data.path:
            st.info("Bring your pictures first: a zip or tar with one folder a class.")
        return ""
    try:
        settings.check()
        line = " ".join(["python -m vit.train", *commands.command(settings, base)])
    except (SettingsError, RunError) as error:
        st.warning(escape(str(error)))
        return ""
    commands.get_ready()
    if st.button("Train", type="primary", key="train"):
        try:
            st.session_state.run = commands.start(settings, base)
        except (SettingsError, RunError) as error:
            st.error(escape(str(error)))
            return line
        st.rerun()
    return line
