"""How the output forms, block by block: its likeness to the final one, and what attention and MLP add."""

from __future__ import annotations

import streamlit as st

from ui.server.shared import model_result
from ui.session.scene import Scene
from ui.shell.lesson import explain
from ui.shell.router import page_of
from ui.shell.stages import stage_of
from vit import Trace, ViT
from vit.analysis import output
from vit.figures.output import over_levels


@model_result(max_entries=128)
def _formed(key: tuple[str, ...], _model: ViT, _trace: Trace) -> output.Forming:
    return output.forming(_model, _trace)


def forming(scene: Scene) -> output.Forming:
    """Draw the likeness level by level, say where it rises most and why, and hand back the numbers."""
    st.subheader("How it forms, block by block", anchor=False)
    formed = _formed(scene.key, scene.model, scene.trace)
    left, right = st.columns([3, 2])
    with left:
        likeness = over_levels(formed.similarity, formed.carried)
        st.plotly_chart(likeness, key="forming", alt="Likeness to the final output by level")
    with right:
        explain(
            "If the model stopped early and gave its output there, how like would it be to the one it gives in the "
            "end? **Blue**: with the last norm and pooling. "
            f"**Orange**: the vector on its way, before them ({_carrier(scene)})."
        )
        block = formed.largest_rise
        explain(
            f"It rises most in **block {block}**, from {formed.similarity[block]:.2f} to "
            f"{formed.similarity[block + 1]:.2f}. A vector of length {formed.length[block]:.1f} came in; attention "
            f"added one of length {formed.attention[block]:.1f}, the MLP one of {formed.mlp[block]:.1f}. The longer "
            "what is added against what was there, the further the vector turns."
        )
        st.page_link(page_of(stage_of("block")), label="See what a block adds: **Block**")
    return formed


def _carrier(scene: Scene) -> str:
    """The name of the vector that becomes the output."""
    names = dict.fromkeys(("mean", "max", "mean&max"), "the mean of the patches")
    names["map"] = "the mean of all tokens, which the pooling head reads"
    names |= {prefix: scene.layout.name(token) for token, prefix in enumerate(scene.layout.prefix)}
    return " beside ".join(names[part] for part in scene.model.config.pooling.split("+"))
