"""Every head of every layer, a dot each: how far it looks, and how widely."""

from __future__ import annotations

from functools import partial

import numpy as np
import plotly.graph_objects as go
import streamlit as st
import torch

from ui.server.shared import model_result
from ui.session.keys import chosen
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from vit import Trace
from vit.analysis import attention
from vit.figures.attention import every_head as head_chart


@model_result(max_entries=256)
def entropy_and_distance(key: tuple[str, ...], _trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Entropy in bits and mean distance in pixels, (l, h) each. ``key`` names the trace (``Scene.key``)."""
    distances = torch.from_numpy(attention.patch_distances(_trace.layout, _trace.patch_size))
    entropy, distance = [], []
    for block in _trace.blocks:
        pattern = block.pattern[0]  # (h, n, n), computed again at every look
        entropy.append(attention.entropy_of(pattern).numpy())
        distance.append(attention.mean_distance_of(pattern, _trace.layout, distances).numpy())
    return np.stack(entropy), np.stack(distance)


def every_head(scene: Scene, here: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Draw both charts, the dot of the layer and head that are shown marked, and hand back their numbers:
    entropy and distance, (l, h) each."""
    st.subheader("Every head of every block", anchor=False)
    explain("Each dot is a head, averaged over all queries of this picture. **Click one to go there.**")
    with st.spinner("Every head is being measured …"):
        entropy, distance = entropy_and_distance(scene.key, scene.trace)
    even = float(attention.patch_distances(scene.layout, scene.trace.patch_size).mean())  # under uniform attention
    left, right = st.columns(2)
    with left:
        far = head_chart(distance, "mean distance, pixels", here, even)
        _clickable(far, "distance", "Distances")
        note(
            "How **far** a head looks (the ViT paper's figure 7): from patch to patch, weighted by attention. "
            "Dotted: attention to all patches alike."
        )
    with right:
        most = attention.most_entropy(scene.layout)
        wide = head_chart(entropy, "entropy, bits", here, most)
        _clickable(wide, "entropy", "Entropies")
        note("How **widely** it looks: 0 bits is one token; one bit more, twice as many. Dotted: all tokens alike.")
    return entropy, distance


def _clickable(chart: go.Figure, key: str, alt: str) -> None:
    st.plotly_chart(chart, key=key, on_select=partial(_go_to, key), selection_mode="points", alt=alt)


def _go_to(key: str) -> None:
    """Make the head whose dot was clicked in the chart called ``key`` the chosen one (a callback)."""
    if points := st.session_state[key].selection.points:
        chosen.layer, chosen.head = map(int, points[0]["customdata"])
