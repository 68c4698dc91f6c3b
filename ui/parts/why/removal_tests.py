"""Below each map what becomes of the answer as patches go in its order, and which map this supports best.

A dozen passes each: they come after all else on the page, one after the other.
"""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.parts.why import computed
from ui.parts.why.maps import Shown
from ui.parts.why.question import Question
from ui.session.scene import Scene
from ui.shell.lesson import note
from ui.widgets.markdown import escape
from vit.experiments.removal import SHARES, RemovalCurves, best_supported, by_chance, ranking, removal_curves
from vit.figures.why import removal

CHANCES = 3
Order = tuple[tuple[str, ...], np.ndarray]  # its name, and the patches, most important first


def tested_before(scene: Scene, question: Question, shown: Shown) -> bool:
    """Whether all that :func:`put_to_test` needs is there already."""
    orders = [*_orders(question, shown).values(), *_random_orders(scene)]
    return all(computed.outputs_on_removal.has(scene.key, *order, scene.model, scene.trace) for order in orders)


def put_to_test(scene: Scene, question: Question, shown: Shown, known: bool) -> None:
    """Each map's test as soon as it is there, the first map's before all; then attention's and random orders', which
    are drawn into every test. What is ``known`` already (:func:`tested_before`) is drawn once. Last, the sentence above
    the maps."""
    if scene.layout.n_patches == 1:
        return
    orders = _orders(question, shown)
    first = next(iter(orders))
    for name, order in orders.items():
        shown.curves[name] = _curves(scene, question, *order)
        if not known:
            for drawn in [first, name] if name == "attention" else [name]:
                _draw_test(question, drawn, shown, shown.tests[drawn])
    shown.chance = [_curves(scene, question, *order) for order in _random_orders(scene)]
    for name in orders:
        _draw_test(question, name, shown, shown.tests[name])
    shown.verdict.markdown(_verdict(question, shown))


def _orders(question: Question, shown: Shown) -> dict[str, Order]:
    """Of each map, in the order in which they are tested. Attention's is the same whatever is asked."""
    first, *others = shown.maps
    tested = [first, *sorted(others, key=lambda name: name != "attention")]
    return {
        name: ((name,) if name == "attention" else (name, *question.key), ranking(shown.maps[name])) for name in tested
    }


def _random_orders(scene: Scene) -> list[Order]:
    return [(("chance", str(seed)), by_chance(scene.layout.n_patches, seed)) for seed in range(CHANCES)]


def _curves(scene: Scene, question: Question, order: tuple[str, ...], ranked: np.ndarray) -> RemovalCurves:
    """Of one order alone: between two, others get their turn at the model."""
    outputs = computed.outputs_on_removal(scene.key, order, ranked, scene.model, scene.trace)
    [curves] = removal_curves(outputs, question.target.measure)
    return curves


def _draw_test(question: Question, name: str, shown: Shown, place: DeltaGenerator) -> None:
    """With the lines to compare with that are there by now."""
    own = shown.curves[name]
    lines = {"this map": (own.removed, own.shown)}
    if attention := shown.curves.get("attention"):
        lines["attention"] = attention.removed, attention.shown
    if shown.chance:
        lines["chance"] = shown.by_luck
    numbers = f"removed {own.deletion:.3f} · alone shown {own.insertion:.3f}"
    with place.container():
        chart = removal(SHARES, lines, question.target.measured)
        st.plotly_chart(chart, key=f"why_test_{name}_{len(lines)}", alt=f"The test of {name}: mean {numbers}")
        note(numbers)


def _verdict(question: Question, shown: Shown) -> str:
    """Which map the model's own behaviour supports best, in one sentence."""
    leads = {name: curves.lead for name, curves in shown.curves.items()}
    chance = [curves.lead for curves in shown.chance]
    what = escape(question.target.measured)
    best = best_supported(leads, chance)
    if best is None:
        return (
            f"**None of these maps beats chance here**: whatever is removed first, the {what} does not tell their "
            "orders from random ones."
        )
    own, attention = shown.curves[best], shown.curves["attention"]
    beside = (
        "no other map does better; but it is the same whatever is explained"
        if best == "attention"
        else f"attention: {attention.deletion:.3f} and {attention.insertion:.3f}"
    )
    return (
        f"**{best[0].upper()}{best[1:]} is supported best here**: with its first patches removed the {what} is "
        f"{own.deletion:.3f} on average, with them alone {own.insertion:.3f} ({beside})."
    )
