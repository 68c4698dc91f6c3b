"""Where the parameters lie, and where the work of a pass goes."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from vit.analysis.cost import multiply_adds, parts
from vit.figures import block as figures

NUMBER = 4  # bytes of a parameter in memory, fp32


def parameters(scene: Scene) -> None:
    """A bar of all parts, by parameters and by multiply–adds for this picture, and how these grow with patches."""
    config, patches = scene.model.config, scene.layout.n_patches
    found = parts(scene.model, patches)
    total = sum(part.parameters for part in found)
    work = sum(part.multiply_adds for part in found)
    blocks = sum(part.parameters for part in found if part.name in ("Q, K, V", "W_O", "MLP"))
    mlp = next(part for part in found if part.name == "MLP")
    st.subheader("Where the parameters are", anchor=False)
    explain(
        f"This model has **{total:,} parameters** ({total * NUMBER / 1e6:,.0f} MB as 32-bit numbers). "
        f"{_percent(blocks / total)} of them are the matrices of its {config.depth} blocks, "
        f"{_percent(mlp.parameters / total)} the MLPs alone. For this picture they take part in "
        f"**{work / 1e9:,.2f} billion** multiply–adds: a multiplication, and its result added to a sum."
    )
    rows = {
        "parameters": [part.parameters for part in found],
        "multiply–adds": [part.multiply_adds for part in found],
    }
    chart = figures.shares(rows, [part.name for part in found])
    st.plotly_chart(chart, key="parameters", alt="Parameters and multiply–adds by part of the model")
    lines = [
        f"| {part.name} | {part.parameters:,} | {part.parameters * NUMBER / 1e6:.2f} "
        f"| {part.multiply_adds / 1e6:,.1f} |"
        for part in found
    ]
    with st.expander("All numbers"):
        head = ["| part | parameters | MB | million multiply–adds |", "| --- | ---: | ---: | ---: |"]
        st.markdown("\n".join([*head, *lines]))
    sides = np.unique(np.linspace(2, max(2 * round(patches**0.5), 48), 40).round().astype(int))
    counts = [int(side) ** 2 for side in sides]
    costs = [multiply_adds(config, count) for count in counts]
    pairs = [cost["scores and pattern · v"] for cost in costs]
    others = [sum(cost.values()) - pair for cost, pair in zip(costs, pairs, strict=True)]
    chart = figures.growth(counts, {"pairs of tokens: n²": pairs, "each token by itself: n": others}, patches)
    st.plotly_chart(chart, key="growth_of_cost", alt="Multiply–adds by the number of patches")
    crossing = next((count for count, pair, other in zip(counts, pairs, others, strict=True) if pair > other), None)
    note(
        f"Matrices work on each token by itself, so twice the tokens are twice the work; attention compares all pairs, "
        f"so it is four times the work. Dotted: the {patches:,} patches of this picture."
        + (f" Pairs cost more than everything else from about {crossing:,} patches on." if crossing else "")
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
