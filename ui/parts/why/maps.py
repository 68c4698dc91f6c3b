"""The maps side by side, each as soon as it is there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.parts.why import computed
from ui.parts.why.question import Question
from ui.session.keys import chosen
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.widgets.patch_map import patch_map
from ui.widgets.signed_map import signed_map
from vit.analysis.evidence.gradient_maps import cam_level
from vit.analysis.evidence.methods import METHODS, SHOWN, SLOW
from vit.experiments.removal import RemovalCurves

COLUMNS = 4


@dataclass
class Shown:
    """What stands on the page by now: ``maps`` (gh·gw,) and ``curves`` by method, and three random orders' curves.

    ``tests`` are the places below the maps, ``verdict`` that of the sentence above them.
    """

    verdict: DeltaGenerator
    tests: dict[str, DeltaGenerator] = field(default_factory=dict)
    maps: dict[str, np.ndarray] = field(default_factory=dict)
    curves: dict[str, RemovalCurves] = field(default_factory=dict)
    chance: list[RemovalCurves] = field(default_factory=list)

    @property
    def by_luck(self) -> tuple[np.ndarray, np.ndarray]:
        """The mean of the random orders: removed, alone shown; (11,) each."""
        return np.mean([one.removed for one in self.chance], 0), np.mean([one.shown for one in self.chance], 0)


def show_maps(scene: Scene, question: Question) -> Shown:
    """Every map as soon as it is there, with a place for its test below it."""
    st.subheader("Which patches speak for it?", anchor=False)
    explain(
        "Several methods claim to know. Yellow is much evidence, violet little; where a method can also find evidence "
        "*against*, orange speaks for the answer and blue against it. **Below each map stands its test**: the patches "
        "are truly taken out of the row of tokens, those it calls most important first, and the model is asked again. "
        "A good map makes the orange line fall at once and the blue one, with these patches *alone*, rise at once. "
        "One patch always stays in the row, at 100 % too: a model cannot look at nothing."
    )
    shown = Shown(st.empty())
    one = scene.layout.n_patches == 1
    shown.verdict.caption(
        "This picture is a single patch: nothing can be taken away."
        if one
        else "The maps come first, then the test of each …"
    )
    names = (*SHOWN, *_asked_for())
    cells = [cell for _ in range(0, len(names), COLUMNS) for cell in st.columns(COLUMNS)]
    places = {name: (cell.container(), cell.empty(), cell) for name, cell in zip(names, cells, strict=False)}
    for name in names:
        place, test, below = places[name]
        with place:
            st.markdown(f"**{name}**")
        if name in SLOW:
            bar = test.progress(0.0, "A pass for each step …")
            shown.maps[name] = _slow_map(scene, question, name, bar)
            test.empty()
        else:
            shown.maps[name] = _quick_map(scene, question, name)
        with place:
            _draw(scene, question, name, shown.maps[name])
        with below:
            _remark(scene, name, shown.maps[name])
        shown.tests[name] = test
    if not one:
        note(
            "Dashed: attention's order, dotted: the mean of three random orders. The two numbers below a test are the "
            "mean heights of its lines. Of a single picture they prove little; the README has them for many."
        )
    _explain_methods(names)
    return shown


def _asked_for() -> list[str]:
    """The other methods, as far as somebody has asked for them."""
    others = {name.lower().replace(" ", "-"): name for name in METHODS if name not in SHOWN}
    for short, name in others.items():
        st.session_state[f"why_{name}"] = short in chosen.also

    def keep() -> None:
        chosen.also = tuple(short for short, name in others.items() if st.session_state[f"why_{name}"])

    with st.container(horizontal=True):
        for name in others.values():
            st.toggle(f"Also {name}{' (slow)' * (name in SLOW)}", key=f"why_{name}", on_change=keep)
    return [name for short, name in others.items() if short in chosen.also]


def _quick_map(scene: Scene, question: Question, name: str) -> np.ndarray:
    trace, model = scene.trace, scene.model
    if name == "attention":
        return computed.attention_map(scene.key, model, trace)
    if name == "AttnLRP":
        relevance = computed.relevance_of_tokens(scene.key, question.key, model, trace, question.target)
        return relevance[scene.layout.n_prefix :]
    found = computed.gradient_maps(scene.key, question.key, model, trace, question.target)
    return {"Grad-CAM": found.grad_cam, "LeGrad": found.legrad, "Chefer": found.chefer}[name]


def _slow_map(scene: Scene, question: Question, name: str, bar: DeltaGenerator) -> np.ndarray:
    """Step by step, so that it ends where the person moves on, and nobody waits behind all of it."""
    path = name == "integrated gradients"
    steps = range(computed.STEPS) if path else range(0, scene.layout.n_patches, computed.AT_ONCE)
    one = computed.step_of_the_way if path else computed.lost_from
    parts: list[np.ndarray] = []
    for step in steps:
        bar.progress(len(parts) / len(steps), f"{name}: {len(parts)} of {len(steps)} steps …")
        parts.append(one(scene.key, question.key, step, scene.model, scene.trace, question.target))
    return np.mean(parts, axis=0) if path else np.concatenate(parts)


def _draw(scene: Scene, question: Question, name: str, values: np.ndarray) -> None:
    key, alt = f"why_map_{name}", f"Evidence for {question.name} by {name}"
    if METHODS[name].signed:
        signed_map(scene.cropped, scene.layout, values, key=key, alt=alt, label="evidence")
    else:
        patch_map(scene.cropped, scene.layout, key=key, alt=alt, values=values, label="evidence")


def _remark(scene: Scene, name: str, values: np.ndarray) -> None:
    """What is to be known of this map on this picture; below its test, so that all tests stand in one line."""
    if not values.any():
        note("This method finds nothing at all here: its map is zero everywhere.")
    elif name == "Grad-CAM":
        note(f"Read before block {cam_level(scene.model.config.depth)}: later, patches have passed on what they hold.")
    elif name == "attention":
        note(f"{scene.whose_attention}. The same whatever is explained.")


def _explain_methods(names: tuple[str, ...]) -> None:
    with st.expander("What each method computes, and what it cannot say"):
        for name in names:
            method = METHODS[name]
            explain(f"**{name}** ({method.source}). {method.says} *But:* {method.cannot}")
            st.latex(method.formula)
        note("y is the number explained, p a patch, x tokens or pixels, A the patterns, h heads, l blocks.")
