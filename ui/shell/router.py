"""The menu, and the repair of Streamlit's one surprise about it.

Until some session has called ``st.navigation``, a server treats a folder called ``pages/`` in an older
way: a link to a page that is the server's very first request runs that page without ``main.py``, under
a menu of raw file names. ``ensure_menu`` notices, announces the menu and runs again, then through ``main.py``.
"""

from __future__ import annotations

import streamlit as st

from ui.shell.stages import STAGES, Stage
from vit.paths import ROOT


def page_of(stage: Stage) -> st.Page:
    """The stage's page, for the menu and for ``st.page_link``."""
    return st.Page(ROOT / stage.page, title=stage.title, default=stage is STAGES[0])


def menu() -> st.Page:
    """Announce the pages, group by group, and return the one that was asked for."""
    st.session_state.has_menu = True
    groups: dict[str, list[st.Page]] = {}
    for stage in STAGES:
        groups.setdefault(stage.group, []).append(page_of(stage))
    return st.navigation(groups)


def ensure_menu() -> None:
    """Run again with the menu if this page was started without it. Called first by every page."""
    if "has_menu" not in st.session_state:
        menu()
        st.rerun()
