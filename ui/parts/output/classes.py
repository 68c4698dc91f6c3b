"""What a classifier makes of the output: its classes and their probabilities, at the end and at every level."""

from __future__ import annotations

import streamlit as st

from ui.parts.output.softmax_steps import softmax_steps
from ui.server.results import logit_lens
from ui.session.choices import DEFAULT_MODEL, use_model
from ui.session.scene import Scene
from ui.shell.lesson import explain
from ui.shell.refusals import fragment
from ui.widgets.markdown import escape
from vit import ViTConfig
from vit.analysis.answer import read
from vit.analysis.output import class_names, probabilities, top
from vit.figures import output as figures
from vit.figures.colour import LINES
from vit.figures.numbers import value_words
from vit.model.limits import Answer

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
    use_model(DEFAULT_MODEL)


_TITLES: dict[Answer, str] = {
    "one class": "The answer: classes and their probabilities",
    "each class": "The answer: a probability for each class",
    "numbers": "The answer: a number",
}
_WORDS: dict[Answer, str] = {
    "one class": "",
    "each class": "This model was trained to answer for **each class by itself** (*multi-label*): the sigmoid makes a "
    "probability of each logit, whatever the others are. They need not sum to 1; several can be right, or none.",
    "numbers": "This model was trained to give **a number** (*regression*): its logit is the answer, in the unit of "
    "what it was trained on. The checkpoint does not say which. There is no probability here.",
}


@fragment
def classes(scene: Scene) -> None:
    """The likeliest classes, and the same read at every level (the logit lens); of a regression its numbers."""
    config = scene.model.config
    st.subheader(_TITLES[config.answer], anchor=False)
    _formula(config)
    if words := _WORDS[config.answer]:
        explain(words)
    logits = logit_lens(scene.key, scene.model, scene.trace)  # (levels, classes)
    if config.answer == "one class":
        temperature, count = _temperature_and_count(config.n_classes)
        lens = probabilities(logits, temperature)  # (levels, classes)
    else:
        lens, count = read(logits, config.answer), min(5, config.n_classes)  # (levels, classes)
    best = top(lens[-1], count)
    names = class_names(config.labels, best)
    if config.answer == "numbers":
        numbers = zip(names, lens[-1][best], strict=True)
        st.markdown("\n".join(f"- **{escape(name)}**: {value_words(value, config.answer)}" for name, value in numbers))
    else:
        st.plotly_chart(figures.top_bars(names, lens[-1][best]), key="top", alt="The likeliest classes")
    if config.answer == "one class":
        softmax_steps(logits[-1], temperature, names, best.tolist())
    explain(
        "**The same question at every level.** The last norm, the pooling and the head, put on the tokens after each "
        "block as if it were the last (the *logit lens*). Early blocks were never trained to be read like this."
    )
    shown = min(count, len(LINES))
    what = "number" if config.answer == "numbers" else "probability"
    chart = figures.lens_lines(names[:shown], lens[:, best[:shown]], what)
    st.plotly_chart(chart, key="lens", alt=f"The {what} by level")
    leaders = class_names(config.labels, lens.argmax(-1))
    rows = [
        f"| {level} | {escape(name)} | {value_words(row.max(), config.answer)} |"
        for level, name, row in zip(figures.level_ticks(config.depth), leaders, lens, strict=True)
    ]
    with st.expander("All levels" if config.answer == "numbers" else "The likeliest class at every level"):
        st.markdown("\n".join([f"| after block | class | {what} |", "| --- | --- | --- |", *rows]))


def _formula(config: ViTConfig) -> None:
    logit = r"\mathbf{W}\,\mathbf{y}" + (r" + \mathbf{b}" if config.head_bias else "")
    size = rf"\mathbf{{W}} \in \mathbb{{R}}^{{{config.n_classes} \times {config.pooled_width}}}"
    ways: dict[Answer, str] = {
        "one class": rf"p = \mathrm{{softmax}}\!\left(\frac{{{logit}}}{{T}}\right)",
        "each class": rf"p_i = \frac{{1}}{{1 + e^{{-z_i}}}}, \quad \mathbf{{z}} = {logit}",
        "numbers": rf"\mathbf{{z}} = {logit}",
    }
    st.latex(rf"{ways[config.answer]} \qquad {size}")


def _temperature_and_count(n_classes: int) -> tuple[float, int]:
    """Two sliders: the softmax's temperature, and how many of the likeliest classes are shown."""
    left, right = st.columns(2)
    temperature = left.select_slider(
        "Temperature T", TEMPERATURES, 1.0, key="temperature", help="Below 1 the model sounds surer, above 1 less sure."
    )
    most = min(10, n_classes)
    count = right.slider("Classes", 1, most, min(5, most), key="top_classes") if most > 1 else 1
    return temperature, count
