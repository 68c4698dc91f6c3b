"""What a smaller patch costs. A fragment: its slider reruns nothing else, and no model."""

from __future__ import annotations

import streamlit as st

from ui.session.scene import Scene
from ui.shell.lesson import note
from ui.shell.refusals import fragment
from ui.widgets.png import png, still
from vit.analysis.patches import patch_cost, patch_sizes
from vit.figures import patches as figures


@fragment
def smaller_patches(scene: Scene) -> None:
    """A slider for the patch size, the picture cut that way, and the tokens and the n² it makes."""
    st.subheader("Smaller patches see more and cost more", anchor=False)
    size, side = scene.recipe.size, scene.model.config.patch_size
    n_prefix, n_heads, depth = scene.layout.n_prefix, scene.trace.n_heads, scene.trace.depth
    sizes = patch_sizes(size, smallest=4 if min(size) > 32 else 2)
    chosen = st.select_slider(
        "Cut this picture into patches of … pixels", sizes, value=side if side in sizes else sizes[0], key="cut"
    )
    costs = {s: patch_cost(size, s, n_prefix, n_heads, depth) for s in sizes}
    cost, own = costs[chosen], patch_cost(size, side, n_prefix, n_heads, depth)
    left, right = st.columns([2, 3])
    with left:
        still(png(figures.patches_apart(scene.cropped, chosen)), f"The picture cut into patches of {chosen} pixels")
    with right:
        a, b, c = st.columns(3)
        a.metric("tokens n", f"{cost.tokens:,}")
        words = "In the patterns of all heads and blocks. K: thousand, M: million, B: billion"
        b.metric("pattern numbers", cost.pattern_values, format="compact", help=words)
        c.metric("against this model", f"{cost.pattern_values / own.pattern_values:.3g} ×")
        tokens, values = zip(*((c.tokens, c.pattern_values) for c in costs.values()), strict=True)
        curve = figures.cost_curve(sizes, tokens, values, chosen)
        st.plotly_chart(curve, key="cost", alt="Tokens and attention cost by patch size")
    note(
        f"Every token looks at every token, in each of {n_heads} heads of {depth} blocks: n² numbers each time, "
        f"{cost.megabytes:,.1f} MB in all. Half the patch side means four times the patches and sixteen times the "
        f"attention. This slider only cuts and counts: the model in use was trained for patches of {side}."
    )
