"""Every head of every layer, a dot each: how far it looks, and how widely."""

from __future__ import annotations

from functools import partial

import plotly.graph_objects as go
import streamlit as st

from ui.parts.attention.measured_heads import measured_heads
from ui.session.keys import chosen
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from vit.analysis import attention
from vit.analysis.measured_heads import MeasuredHeads
from vit.figures.attention import every_head as head_chart


def every_head(scene: Scene, here: tuple[int, int]) -> MeasuredHeads:
    """Draw both charts, the dot of the layer and head that are shown marked, and hand back their numbers."""
    st.subheader("Every head of every block", anchor=False)
    explain("Each dot is a head, averaged over all queries of this picture. **Click one to go there.**")
    with st.spinner("Every head is being measured …"):
        heads = measured_heads(scene.key, scene.trace)
    even = float(attention.patch_distances(scene.layout, scene.trace.patch_size).mean())  # under uniform attention
    left, right = st.columns(2)
    with left:
        far = head_chart(heads.distance, "mean distance, pixels", here, even)
        _clickable(far, "distance", "Distances")
        note(
            "How **far** a head looks (the ViT paper's figure 7): from patch to patch, weighted by attention. "
            "Dotted: attention to all patches alike."
        )
    with right:
        most = attention.most_entropy(scene.layout)
        wide = head_chart(heads.entropy, "entropy, bits", here, most)
        _clickable(wide, "entropy", "Entropies")
        note("How **widely** it looks: 0 bits is one token; one bit more, twice as many. Dotted: all tokens alike.")
    return heads


def _clickable(chart: go.Figure, key: str, alt: str) -> None:
    st.plotly_chart(chart, key=key, on_select=partial(_go_to, key), selection_mode="points", alt=alt)


def _go_to(key: str) -> None:
    """Make the head whose dot was clicked in the chart called ``key`` the chosen one (a callback)."""
    if points := st.session_state[key].selection.points:
        chosen.layer, chosen.head = map(int, points[0]["customdata"])
