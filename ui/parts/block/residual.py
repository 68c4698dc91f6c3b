"""The residual stream: three vectors that add up, and what every block adds to the chosen token."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.parts.block.steps import added
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.widgets.matrix import matrix
from vit.analysis.block_steps import BlockSteps, layer_scale
from vit.figures import block as figures
from vit.figures.colour import AROUND_ZERO


def residual(scene: Scene, steps: BlockSteps) -> None:
    """The sum as strips of cells on one scale, then lengths and directions over all blocks."""
    name, layer = scene.layout.name(scene.token), scene.layer
    st.subheader("The residual stream: a block only adds", anchor=False)
    explain(
        "Nothing is ever overwritten. A block reads a normed copy of the token's vector and **adds** what it worked "
        "out, so what an early block wrote is still there for the last. That running sum is the *residual stream*."
    )
    strips = np.stack([steps.resid_pre, steps.attn_out, steps.mlp_out, steps.resid_post])  # (4, d)
    most = float(np.abs(strips).max())
    matrix(
        strips,
        key="residual",
        alt=f"{name}: the vector before block {layer}, what attention and MLP add, and their sum",
        names=["x", "+ attention", "+ MLP", "= x′"],
        columns=("dimension", f"dimension (0 to {strips.shape[1] - 1})"),
        limits=(-most, most),
        colours=AROUND_ZERO,
    )
    over = added(scene.key, scene.token, scene.trace)
    left, right = st.columns(2)
    with left:
        chart = figures.lengths(over.length[1:], over.attention, over.mlp)
        st.plotly_chart(chart, key="lengths", alt=f"{name}: its length, and of what is added to it, block by block")
        note(f"How long the vector of {name} is after every block, and how long what the two halves add.")
    with right:
        chart = figures.directions(over.attention_cosine, over.mlp_cosine)
        st.plotly_chart(chart, key="directions", alt=f"{name}: whether what is added points along what is there")
        note("Above 0: more of what is there. Below 0: something that points against it. Near 0: something new.")
    if scene.model.config.layer_scale is not None:
        gains = layer_scale(scene.model, layer)
        explain(
            "**LayerScale.** This model multiplies what attention and MLP give by a learned factor for each dimension "
            f"before it is added (Touvron et al. 2021); in block {layer} their mean size is {gains[0]:.3f} and "
            f"{gains[1]:.3f}."
        )
