"""LayerNorm with one token's numbers, and what it does not see: how long the vector was."""

from __future__ import annotations

import numpy as np
import streamlit as st
from torch import nn

from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.shell.refusals import fragment
from vit.analysis.block_steps import BlockSteps
from vit.analysis.layer_norm import norm_steps
from vit.figures.block import histograms

_RMS = (
    "This model has **RMSNorm** in its place: each vector is divided by the root of the mean of its squares, then each "
    "dimension is multiplied by its own learned factor γ. No mean is taken away and no shift is added."
)
_AFTER = "This model norms **what attention and MLP add**, not what they read: a norm stands behind each, before the +."
FACTORS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


@fragment
def norm(scene: Scene, steps: BlockSteps) -> None:
    """The steps of the block's first norm, a histogram before and after, and a slider for the vector's scale."""
    d, layer_norm = scene.model.config.width, scene.model.blocks[scene.layer].norm1
    st.subheader("LayerNorm: the same scale for every vector", anchor=False)
    if not isinstance(layer_norm, nn.LayerNorm):
        st.info(_AFTER if scene.model.config.norm_after_branch else _RMS)
        return
    st.latex(
        r"\begin{gathered}"
        r"\text{norm}(\mathbf{x})_i = \gamma_i\,\frac{x_i - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta_i \\"
        r"\mu = \tfrac{1}{d}\textstyle\sum_i x_i, \quad \sigma^2 = \tfrac{1}{d}\sum_i (x_i - \mu)^2\end{gathered}"
    )
    explain(
        f"Take the mean μ of the token's {d} numbers away, divide by how far they spread (σ), then give each dimension "
        "its own learned factor γ and shift β. Whatever the blocks before have added, attention and MLP read numbers "
        "of one size. What goes on through the block, **x**, stays as it was: only a copy is normed."
    )
    factor = st.select_slider("Multiply x by", FACTORS, 1.0, key="norm_factor", format_func=lambda f: f"{f:g}")
    scaled = (steps.resid_pre * np.float32(factor)).astype(np.float32)  # (d,)
    done = norm_steps(layer_norm, scaled)
    own = norm_steps(layer_norm, steps.resid_pre)
    left, right = st.columns([2, 3])
    with left:
        rows = [
            ("mean μ", f"{done.mean:.4f}"),
            ("variance σ²", f"{done.variance:.4g}"),
            ("spread σ", f"{done.variance**0.5:.4g}"),
            ("ε, so that σ is never 0", f"{layer_norm.eps:g}"),
            ("γ, from … to …", f"{done.gain.min():.3f} … {done.gain.max():.3f}"),
            ("β, from … to …", f"{done.shift.min():.3f} … {done.shift.max():.3f}"),
            ("length of x → of norm(x)", f"{np.linalg.norm(scaled):.4g} → {np.linalg.norm(done.out):.4g}"),
        ]
        lines = [f"| {name} | {value} |" for name, value in rows]
        st.markdown("\n".join(["| this token | number |", "| --- | ---: |", *lines]))
        if factor != 1:
            moved = float(np.abs(done.out - own.out).max())
            explain(
                f"x is **{factor:g} times** as long; the largest change in norm(x) is **{moved:.1e}** (all of it from "
                "ε). A norm does not see how long a vector is, only where it points."
            )
    with right:
        chart = histograms({"x": scaled, "norm(x)": done.out}, "value of a number")
        st.plotly_chart(chart, key="norm", alt="The token's numbers before and after the norm, as histograms")
        note(f"All {d} numbers of the token, before and after. A few dimensions often lie far out.")
