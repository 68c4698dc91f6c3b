"""How the output forms, block by block: its likeness to the final one, and what attention and MLP add."""

from __future__ import annotations

import streamlit as st

from ui.server.shared import model_result
from ui.session.scene import Scene
from vit import Trace, ViT
from vit.analysis import output
from vit.figures.output import lengths_and_updates, over_levels


@model_result(max_entries=128)
def _formed(key: tuple[str, ...], _model: ViT, _trace: Trace) -> output.Forming:
    return output.forming(_model, _trace)


def forming(scene: Scene) -> output.Forming:
    """Draw both charts and hand back their numbers."""
    st.subheader("How it forms, block by block", anchor=False)
    formed = _formed(scene.key, scene.model, scene.trace)
    left, right = st.columns(2)
    with left:
        likeness = over_levels(formed.similarity, formed.carried)
        st.plotly_chart(likeness, key="forming", alt="Likeness to the final output by level")
        st.caption(
            "If the model stopped early and gave its output there, how like would it be to the one it gives in the "
            "end? Blue: with the last norm and pooling. "
            f"Orange: the vector on its way, before them ({_carrier(scene)})."
        )
    with right:
        sizes = lengths_and_updates(formed.length, formed.attention, formed.mlp)
        st.plotly_chart(sizes, key="updates", alt="Length of the vector, and of what attention and MLP add, by block")
        st.caption(
            "The length of the vector on its way, and of what each block adds to it. "
            "Attention brings news from other tokens, the MLP works on what is there."
        )
    return formed


def _carrier(scene: Scene) -> str:
    """The name of the vector that becomes the output."""
    names = {"mean": "the mean of the patches", "map": "the mean of all tokens, which the pooling head reads"}
    names |= {prefix: scene.layout.name(token) for token, prefix in enumerate(scene.layout.prefix)}
    return " beside ".join(names[part] for part in scene.model.config.pooling.split("+"))
