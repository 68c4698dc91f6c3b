"""Where a query, a key and a value come from: one entry as a dot product, and why scores are divided by √k."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.shell.refusals import fragment
from ui.widgets.matrix import matrix
from vit.analysis.attention import walk
from vit.analysis.block_steps import BlockSteps
from vit.analysis.dot_product import KINDS, entry
from vit.analysis.shares import for_half
from vit.analysis.softmax import softmax
from vit.figures.block import histograms
from vit.figures.colour import AROUND_ZERO
from vit.figures.numbers import percent

SHOWN = 6  # products that get a row of their own


@fragment
def query_key_value(scene: Scene, steps: BlockSteps) -> None:
    """One entry of the head's query, key or value written out, and its scores with and without √k."""
    _one_entry(scene, steps)
    _why_divide(scene)


def _one_entry(scene: Scene, steps: BlockSteps) -> None:
    config, head, layer = scene.model.config, scene.head, scene.layer
    d, k = config.width, config.head_width
    st.subheader("Query, key and value: three matrices", anchor=False)
    lines = [
        rf"\mathbf{{{one}}} &= \mathbf{{W}}_{one.upper()}\,\text{{norm}}(\mathbf{{x}})"
        + (rf" + \mathbf{{b}}_{one.upper()}" if config.qkv_bias else "")
        for one in "qkv"
    ]
    st.latex(r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}")
    explain(
        f"Each head has three matrices of its own, {k} × {d}. Every entry of the query is the token's vector times one "
        "row: multiply number by number, add up."
    )
    left, right = st.columns(2)
    kind = left.segmented_control("Vector", KINDS, default=KINDS[0], required=True, key="entry_kind")
    dimension = right.slider(f"Entry of its {k}", 0, k - 1, key="entry_dimension") if k > 1 else 0
    product = entry(scene.model, layer, head, kind or KINDS[0], dimension, steps.norm1)
    order = np.argsort(-np.abs(product.terms), kind="stable")[:SHOWN]
    rest = float(np.delete(product.terms, order).sum(dtype=np.float64))
    rows = [f"| {i} | {product.x[i]:.3f} | {product.row[i]:.4f} | {product.terms[i]:+.4f} |" for i in order]
    head_rows = ["| dimension | norm(x) | × W | = product |", "| ---: | ---: | ---: | ---: |"]
    rows.append(f"| the other {len(product.terms) - len(order)} | | | {rest:+.4f} |")
    if config.qkv_bias:
        rows.append(f"| bias b | | | {product.bias:+.4f} |")
    rows.append(f"| **sum** | | | **{product.total:+.4f}** |")
    left, right = st.columns([4, 5])
    left.markdown("\n".join([*head_rows, *rows]))
    with right:
        cells = np.stack([product.x, product.row, product.terms])  # (3, d)
        most = np.abs(cells).max(axis=1)
        matrix(
            cells,
            key="entry",
            alt=f"The normed vector, one row of the matrix, and their {d} products",
            names=["norm(x)", "row of W", "products"],
            columns=("dimension", f"dimension (0 to {d - 1})"),
            limits=np.stack([-most, most], axis=1),
            colours=AROUND_ZERO,
        )
        note("Orange is above 0, blue below; each row has its own full colour. The products add up to the sum.")
    turned = " A norm in each head then brings queries and keys to one size." if config.qk_norm else ""
    turned += " Rotary positions then turn queries and keys by the token's place." if config.has("rotary") else ""
    note(f"Entry {dimension} of the {kind} of head {head}, its largest products first.{turned}")


def _why_divide(scene: Scene) -> None:
    config, head, layout = scene.model.config, scene.head, scene.layout
    taken = walk(scene.trace.blocks[scene.layer], head, scene.token)
    undivided = taken.with_bias(taken.dots)
    with_root, without = softmax(taken.scores), softmax(undivided)
    root = config.head_width**0.5
    explain(
        f"**Why divide by √k?** q · k is a sum of k = {config.head_width} products, and such sums spread √k = "
        f"{root:.3g} times as widely as one product. Softmax raises *e* to them: too wide, and nearly all of the share "
        "goes to one token."
    )
    left, right = st.columns([3, 2])
    with left:
        chart = histograms({"divided by √k": taken.scores, "not divided": undivided}, "score")
        st.plotly_chart(chart, key="scores", alt="The scores of all keys, divided by √k and not")
    with right:
        rows = [
            ("largest share", percent(with_root.shares.max()), percent(without.shares.max())),
            ("tokens that share half of all", *(str(for_half(s.shares)) for s in (with_root, without))),
            ("spread of the scores", f"{taken.scores.std():.3f}", f"{undivided.std():.3f}"),
        ]
        lines = [f"| {name} | {one} | {other} |" for name, one, other in rows]
        st.markdown("\n".join(["| | with √k | without |", "| --- | ---: | ---: |", *lines]))
        note(f"{layout.name(scene.token)} asks all {layout.n_tokens} tokens in head {head}.")
