"""More and more patches hidden, in several orders: which loses the answer first, and to which other."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.parts.what_if import answers
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.widgets.markdown import escape
from vit.analysis.answer import read
from vit.analysis.output import class_names
from vit.experiments.what_if import ORDERS, HidingCurve, order
from vit.figures import what_if as figures

SHARES = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)


def hiding_curves(scene: Scene) -> None:
    """A curve an order, when asked for: of the first answer's probability, or without classes of the output itself."""
    st.subheader("Does it need what it looks at?", anchor=False)
    explain(
        "Hide more and more, beginning with what the output looks at **most**, with what it looks at **least**, or "
        "**by chance**. If attention shows what matters, the first curve falls first."
    )
    orders = _orders(scene)
    passes = len(orders) * len(SHARES)
    if not st.toggle(f"Let the model read the picture {passes} times more", key="hiding_curves"):
        return
    bar, curves = st.progress(0.0, "The model reads what is left …"), dict[str, HidingCurve]()
    for done, (name, ranked) in enumerate(orders.items()):
        bar.progress(done / len(orders), "The model reads what is left …")
        curves[name] = answers.hiding_curve(scene.key, name, SHARES, ranked, scene.model, scene.trace)
    bar.empty()
    if scene.trace.logits is None:
        chart = figures.hiding(SHARES, {name: one.likeness for name, one in curves.items()}, "cosine with first output")
        st.plotly_chart(chart, key="hiding", alt="The output's likeness to its first self as patches are hidden")
    else:
        _probability(scene, curves)
    note(
        "A point is a pass. What is looked at is read from the first pass's last attention before the output; other "
        "blocks look elsewhere, and a patch may have passed on what it holds long before."
    )


def _orders(scene: Scene) -> dict[str, np.ndarray]:
    """Name of an order → the patches in it, (gh·gw,)."""
    looks = answers.without_patches(scene.key, (), scene.model, scene.trace).looks  # of the first pass, (gh·gw,)
    orders = {which: order(looks, which) for which in ORDERS}
    if scene.model.head is not None:
        name, says = answers.says_the_answer(scene)
        orders[f"what says {name} most first"] = np.argsort(-says, kind="stable")
    return orders


def _probability(scene: Scene, curves: dict[str, HidingCurve]) -> None:
    """The first answer's probability or number, and for each order from where on which other class has the most."""
    assert scene.trace.logits is not None
    best, labels, answer = int(scene.trace.logits[0].argmax()), scene.model.config.labels, scene.model.config.answer
    [name] = class_names(labels, [best])
    lines, ends = {}, []
    for which, curve in curves.items():
        assert curve.logits is not None
        lines[which] = read(curve.logits, answer)[:, best]  # (shares,)
        leaders = curve.logits.argmax(-1)  # (shares,)
        lost = np.flatnonzero(leaders != best)
        if len(lost):
            [other] = class_names(labels, [int(leaders[lost[0]])])
            ends.append(f"{escape(which)}: **{escape(other)}** takes over at {SHARES[lost[0]]:.0%}")
        else:
            ends.append(f"{escape(which)}: still **{escape(name)}** at {SHARES[-1]:.0%}")
    what = name if answer == "numbers" else f"probability of {name}"
    chart = figures.hiding(SHARES, lines, what)
    st.plotly_chart(chart, key="hiding", alt=f"{what} as patches are hidden, in each order")
    if answer != "numbers":
        st.markdown("\n".join(f"- {end.replace('%', ' %')} hidden." for end in ends))
