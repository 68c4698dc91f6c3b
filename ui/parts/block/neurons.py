"""The MLP's hidden layer: which neurons one token switches on, and one of them opened."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.server.shared import model_result
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.shell.refusals import fragment
from ui.widgets.markdown import escape
from ui.widgets.matrix import matrix
from ui.widgets.patch_map import patch_map
from vit import Trace, ViT
from vit.analysis import neurons as analysis
from vit.analysis.activation import curve
from vit.analysis.block_steps import BlockSteps
from vit.analysis.output import class_names, top
from vit.analysis.shares import for_half
from vit.figures import block as figures
from vit.figures.colour import AROUND_ZERO
from vit.figures.plain import folded

MOST_ACTIVE, CLASSES = 20, 3


@model_result(max_entries=256)
def _activity(key: tuple[str, ...], layer: int, neuron: int, _model: ViT, _trace: Trace) -> np.ndarray:
    """How active a neuron is on every patch: (gh·gw,)."""
    return analysis.activity(_model, _trace, layer, neuron)


@model_result(max_entries=256)
def _pushes(key: tuple[str, ...], layer: int, neuron: int, _model: ViT, _trace: Trace) -> np.ndarray | None:
    """By how much a unit of the neuron's activity raises each logit: (classes,)."""
    return analysis.pushes(_model, _trace, analysis.written(_model, layer, neuron))


@fragment
def neurons(scene: Scene, steps: BlockSteps) -> None:
    """All neurons of the token, and one opened: where it is active, what it writes."""
    config = scene.model.config
    gated = config.activation == "swiglu"
    st.subheader(f"The MLP: {config.mlp_width:,} neurons", anchor=False)
    st.latex(
        r"\text{MLP}(\mathbf{y}) = \mathbf{W}_2\,\big(\text{silu}(\mathbf{W}_g\,\mathbf{y}) \odot \mathbf{W}_1\,"
        r"\mathbf{y}\big) + \mathbf{b}_2"
        if gated
        else r"\text{MLP}(\mathbf{y}) = \mathbf{W}_2\,\text{GELU}(\mathbf{W}_1\,\mathbf{y} + \mathbf{b}_1) "
        r"+ \mathbf{b}_2"
    )
    explain(
        "Each row of W₁ asks one question of the token's vector; GELU lets high answers through and keeps low ones "
        "near 0. A neuron that answers **adds its column of W₂** to the token, as many times as it is active."
        if not gated
        else "Each row of W_g asks one question of the token's vector; silu lets high answers through and keeps low "
        "ones near 0, and what comes through is multiplied by a second answer. A neuron **adds its column of W₂** to "
        "the token, as many times as it is active."
    )
    gate = steps.up[: config.mlp_width]  # before the activation; the gate's half for SwiGLU
    left, right = st.columns(2)
    with left:
        after = steps.activated if not gated else curve(scene.model, gate)
        low, high = float(gate.min()), float(gate.max())
        line = np.linspace(low, high, figures.CURVE, dtype=np.float32)
        chart = figures.activation_curve((line, curve(scene.model, line)), gate, after)
        st.plotly_chart(chart, key="activation", alt="The activation's curve with every neuron of this token on it")
        off = float((gate < 0).mean())
        note(f"Every neuron is a dot. {off:.0%} lie below 0 and give next to nothing.".replace("%", " %"))
    with right:
        chart = figures.sorted_neurons(steps.activated)
        st.plotly_chart(chart, key="neurons", alt="The activity of all neurons, the most active first")
        half = for_half(np.abs(steps.activated))
        note(f"The {half} most active of {config.mlp_width:,} make half of all activity.")
    _one_neuron(scene, steps)


def _one_neuron(scene: Scene, steps: BlockSteps) -> None:
    layer, layout = scene.layer, scene.layout
    best = top(steps.activated, MOST_ACTIVE).tolist()
    explain("**One neuron, opened.** Choose one of the most active for this token, or type any number.")
    left, right = st.columns(2)
    picked = left.selectbox(
        "Neuron",
        best,
        format_func=lambda neuron: f"{neuron}, active {steps.activated[neuron]:.3f}",
        key=f"neuron_{layer}_{scene.token}",
    )
    last = scene.model.config.mlp_width - 1
    typed = right.number_input("Or its number", 0, last, None, key="neuron_typed", placeholder=f"0 to {last}")
    neuron = int(typed) if typed is not None and typed <= last else int(picked if picked is not None else best[0])
    values = _activity(scene.key, layer, neuron, scene.model, scene.trace)
    with left:
        alt = f"How active neuron {neuron} is on every patch"
        patch_map(scene.cropped, layout, key="neuron", alt=alt, values=values, label="activity")
        note(f"{alt}, bright where it is most active.")
    with right:
        direction = analysis.written(scene.model, layer, neuron).numpy()  # (d,)
        most = float(np.abs(direction).max())
        matrix(
            folded(direction),
            key="writes",
            alt=f"What neuron {neuron} adds to a token for one unit of activity",
            columns=("column", "its column of W₂, folded"),
            limits=(-most, most),
            colours=AROUND_ZERO,
            square=True,
        )
        note(f"What it writes: {len(direction)} numbers, added once for each unit of activity.")
        _which_classes(scene, neuron)


def _which_classes(scene: Scene, neuron: int) -> None:
    pushes = _pushes(scene.key, scene.layer, neuron, scene.model, scene.trace)
    if pushes is None:
        return
    labels = scene.model.config.labels
    up, down = top(pushes, CLASSES), top(-pushes, CLASSES)
    said = [
        ", ".join(f"{escape(name)} {pushes[i]:+.3f}" for name, i in zip(class_names(labels, which), which, strict=True))
        for which in (up, down)
    ]
    explain(f"Written on every token after the last block, one unit would raise **{said[0]}** and lower {said[1]}.")
    note(
        "In logits, with the last norm's scale held. On its way from here the blocks in between still work on it, so "
        "this is a direction, not a verdict."
    )
