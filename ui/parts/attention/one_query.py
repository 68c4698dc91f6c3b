"""The way of one query through one head, unfolded with its own numbers: match, share, take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ui.shell.lesson import explain, note
from ui.widgets.matrix import matrix
from vit.analysis.attention import Walk
from vit.figures import attention as figures
from vit.figures.colour import AROUND_ZERO

TOP = 6  # keys that get a row of their own
_BIAS = ", and add b, which this model learned for how the two tokens lie to each other"


def one_query(steps: Walk, names: Sequence[str], heads: int, model_width: int) -> None:
    """Three steps, each with a sentence and a figure; ``names`` calls the tokens, ``steps.p`` picks the rows."""
    n, width = len(names), len(steps.q)
    top = np.argsort(-steps.p)[:TOP]
    best = int(top[0])
    explain(
        f"**1. Match.** The query and the key of each token are {width} numbers. Multiply them pair by pair and add "
        f"up: that is q·k. With **{names[best]}**, which matches best, it is **{steps.dots[best]:.3f}**."
    )
    alt = f"The query, the key of {names[best]}, and their products"
    _draw(figures.product(steps.q, steps.k[best]), key="product", alt=alt)
    left, right = st.columns(2)
    with left:
        explain(
            f"**2. Share.** Divide by √{width} = {width**0.5:.3f}, so that scores do not grow with the number of "
            f"dimensions{_BIAS if steps.bias is not None else ''}: that is the score s. Raise *e* to each and divide "
            f"by the sum over all {n} tokens (softmax): shares p that sum to 1."
        )
        st.markdown(_table(steps, names, top))
    with right:
        curve = figures.softmax_curve(steps.scores, steps.p, names, top.tolist())
        st.plotly_chart(curve, key="softmax", alt="Scores of all keys, and the shares softmax makes of them")
        note(f"All {n} keys, those of the table in orange. One more in score is {np.e:.3f} times the share.")
    others = np.setdiff1d(np.arange(n), top)
    rows = [*steps.weighted[top]] + [steps.weighted[others].sum(axis=0)] * bool(len(others))
    labels = [f"{steps.p[i]:.4f} · v of {names[i]}" for i in top] + [f"the other {len(others)}"] * bool(len(others))
    explain(
        f"**3. Take and add.** Of each token's value, {width} numbers again, its share is taken. The sum is **z**, "
        f"this head's answer. The answers of all {heads} heads, side by side, go through one more matrix to width "
        f"{model_width} and are *added* to the token."
    )
    _draw(figures.weighted_sum(np.stack(rows), labels, steps.z), key="sum", alt="Weighted values and their sum")
    note("Orange is above 0, blue below. In step 1 each row has its own full colour, in step 3 all share one.")


def _draw(strips: figures.Strips, key: str, alt: str) -> None:
    columns = "dimension", f"dimension of the head (0 to {strips.cells.shape[1] - 1})"
    limits = np.stack([-strips.limits, strips.limits], axis=1)  # (r, 2)
    names = list(strips.names)
    matrix(strips.cells, key=key, alt=alt, names=names, columns=columns, limits=limits, colours=AROUND_ZERO)


def _table(steps: Walk, names: Sequence[str], top: np.ndarray) -> str:
    """The best keys in Markdown, a row each, and the sums over all keys."""
    exponentials = np.exp(steps.scores.astype(np.float64))
    bias = steps.with_bias(np.zeros_like(steps.dots))

    def unbroken(token: int) -> str:
        return names[token].replace(" ", "\u00a0")

    has_bias = steps.bias is not None
    columns = zip(top, steps.dots[top], bias[top], steps.scores[top], exponentials[top], steps.p[top], strict=True)
    rows = [
        f"| {unbroken(i)} | {dot:.2f} |{f' {b:+.2f} |' * has_bias} {s:.2f} | {_short(e)} | **{p:.4f}** |"
        for i, dot, b, s, e, p in columns
    ]
    head = [
        f"| key | q·k |{' b |' * has_bias} s | eˢ | p |",
        f"| --- | ---: |{' ---: |' * has_bias} ---: | ---: | ---: |",
    ]
    total = f"| all {len(names)} | |{' |' * has_bias} | {_short(exponentials.sum())} | {steps.p.sum():.4f} |"
    return "\n".join([*head, *rows, total])


def _short(x: float) -> str:
    """Four digits that count, written out where that is no longer than a power of ten."""
    return f"{x:,.0f}" if 1000 <= x < 1e7 else f"{x:.4g}"
