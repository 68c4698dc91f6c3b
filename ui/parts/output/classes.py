"""What a classifier makes of the output: its classes and their probabilities, at the end and at every level."""

from __future__ import annotations

import streamlit as st

from ui.parts.output.softmax_steps import softmax_steps
from ui.server.results import logit_lens
from ui.session.choices import DEFAULT_MODEL
from ui.session.keys import chosen
from ui.session.scene import Scene
from ui.widgets.markdown import escape
from vit.analysis.output import class_names, probabilities, top
from vit.figures import output as figures
from vit.figures.numbers import percent

TEMPERATURES = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


def no_classes(scene: Scene) -> None:
    """In place of the classes where the model has no head for them: what to do with its output, and who has names."""
    st.subheader("No classes here", anchor=False)
    st.info(
        "This model has **no classification head**: nothing in it turns the vector into class names, so there are no "
        "probabilities to show. Its output is the vector itself, to be compared with other pictures' (below)."
    )
    if scene.model.config.channels == 3:
        st.button("Look at this picture with a model that has names", on_click=_use_the_classifier)


def _use_the_classifier() -> None:
    """Take the bundled classifier of photographs (a callback)."""
    chosen.model, chosen.side = DEFAULT_MODEL, None


@st.fragment
def classes(scene: Scene) -> None:
    """The likeliest classes at a temperature, and the same read at every level (the logit lens)."""
    config = scene.model.config
    st.subheader("The answer: classes and their probabilities", anchor=False)
    bias = r" + \mathbf{b}" if config.head_bias else ""
    st.latex(
        rf"p = \mathrm{{softmax}}\!\left(\frac{{\mathbf{{W}}\,\mathbf{{y}}{bias}}}{{T}}\right) \qquad "
        rf"\mathbf{{W}} \in \mathbb{{R}}^{{{config.n_classes} \times {config.pooled_width}}}"
    )
    temperature, count = _temperature_and_count(config.n_classes)
    logits = logit_lens(scene.key, scene.model, scene.trace)  # (levels, classes)
    lens = probabilities(logits, temperature)  # (levels, classes)
    best = top(lens[-1], count)
    names = class_names(config.labels, best)
    st.plotly_chart(figures.top_bars(names, lens[-1][best]), key="top", alt="The likeliest classes")
    softmax_steps(logits[-1], temperature, names, best.tolist())
    st.markdown(
        "**The same question at every level.** The last norm, the pooling and the head, put on the tokens after each "
        "block as if it were the last (the *logit lens*). Early blocks were never trained to be read like this."
    )
    shown = min(count, len(figures.LINES))
    st.plotly_chart(figures.lens_lines(names[:shown], lens[:, best[:shown]]), key="lens", alt="Probability by level")
    leaders = class_names(config.labels, lens.argmax(-1))
    rows = [
        f"| {level} | {escape(name)} | {percent(row.max())} |"
        for level, name, row in zip(figures.level_ticks(config.depth), leaders, lens, strict=True)
    ]
    with st.expander("The likeliest class at every level"):
        st.markdown("\n".join(["| after block | likeliest class | probability |", "| --- | --- | --- |", *rows]))


def _temperature_and_count(n_classes: int) -> tuple[float, int]:
    """Two sliders: the softmax's temperature, and how many of the likeliest classes are shown."""
    left, right = st.columns(2)
    temperature = left.select_slider(
        "Temperature T", TEMPERATURES, 1.0, key="temperature", help="Below 1 the model sounds surer, above 1 less sure."
    )
    most = min(10, n_classes)
    count = right.slider("Classes", 1, most, min(5, most), key="top_classes") if most > 1 else 1
    return temperature, count
