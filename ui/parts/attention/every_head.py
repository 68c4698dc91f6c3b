"""Entropy and distance of every head, worked out once a picture and model for all sessions."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.server.shared import model_result
from vit import Trace
from vit.analysis import attention


def go_to(chart: str) -> None:
    """Make the head whose dot was clicked in ``chart`` the chosen one (a callback)."""
    if points := st.session_state[chart].selection.points:
        st.session_state.layer, st.session_state.head = map(int, points[0]["customdata"])


@model_result(max_entries=256)
def every_head(key: tuple[str, ...], _trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Entropy in bits and mean distance in pixels, (l, h) each. ``key`` names the trace (``Scene.key``)."""
    return attention.entropy(_trace), attention.mean_distance(_trace)
