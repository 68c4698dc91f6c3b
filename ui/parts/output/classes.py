"""What is made of the output: classes and their probabilities, or other pictures that are like this one."""

from __future__ import annotations

import numpy as np
import streamlit as st
from PIL import ImageOps

from ui.server import results
from ui.session import choices
from ui.session.scene import Scene
from ui.widgets.png import png
from ui.widgets.thumbnails import thumbnails
from vit.analysis.output import class_names, probabilities, top
from vit.analysis.similarity import cosine
from vit.figures import output as figures
from vit.figures.numbers import cosine_words, percent

TEMPERATURES = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


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
    left, right = st.columns(2)
    temperature = left.select_slider(
        "Temperature T", TEMPERATURES, 1.0, key="temperature", help="Below 1 the model sounds surer, above 1 less sure."
    )
    most = min(10, config.n_classes)
    count = right.slider("Classes", 1, most, min(5, most), key="top_classes") if most > 1 else 1
    lens = probabilities(results.logit_lens(scene.key, scene.model, scene.trace), temperature)  # (levels, classes)
    best = top(lens[-1], count)
    names = class_names(config.labels, best)
    st.plotly_chart(figures.top_bars(names, lens[-1][best]), key="top", alt="The likeliest classes")
    st.markdown(
        "**The same question at every level.** The last norm, the pooling and the head, put on the tokens after each "
        "block as if it were the last (the *logit lens*). Early blocks were never trained to be read like this."
    )
    shown = min(count, len(figures.LINES))
    st.plotly_chart(figures.lens_lines(names[:shown], lens[:, best[:shown]]), key="lens", alt="Probability by level")
    leaders = class_names(config.labels, lens.argmax(-1))
    rows = [
        f"| {level} | {choices.escape(name)} | {percent(row.max())} |"
        for level, name, row in zip(figures.level_ticks(scene.trace.depth), leaders, lens, strict=True)
    ]
    with st.expander("The likeliest class at every level"):
        st.markdown("\n".join(["| after block | likeliest class | probability |", "| --- | --- | --- |", *rows]))


def moved(scene: Scene, likeness: float, logits: np.ndarray | None) -> None:
    """How like another pass's output is to the first pass's, and what a classifier makes of it."""
    st.metric("output: cosine with the first pass", cosine_words(likeness), border=True)
    if logits is not None:
        st.markdown(f"Likeliest class: {likeliest(scene, logits)}")


def likeliest(scene: Scene, logits: np.ndarray) -> str:
    """The class with the highest logit and its probability, as Markdown."""
    chances = probabilities(logits)
    (label,) = class_names(scene.model.config.labels, [int(chances.argmax())])
    return f"**{choices.escape(label)}**, {percent(chances.max())}"


def reader(scene: Scene) -> str:
    """Whose attention is shown where a page shows what the output takes from each patch, as the start of a sentence."""
    if scene.trace.pool_pattern is not None:
        return "Where the pooling head looks, mean over its heads"
    token = scene.model.config.pooling.split("+")[0]
    if token in scene.layout.prefix:
        return f"Where {scene.layout.name(scene.layout.prefix.index(token))} looks in the last block, mean over heads"
    return "Where all patches together look in the last block, mean over heads"


def neighbours(scene: Scene) -> None:
    """How like the output is to the outputs of the sample pictures: nine more passes, when asked for."""
    st.subheader("Which other pictures are like it?", anchor=False)
    st.markdown(
        "Outputs can be compared: pictures of like content get vectors of like direction. That is how a search by "
        "picture works."
    )
    if not st.toggle(
        f"Run the {len(choices.gallery())} sample pictures through the model and compare", key="neighbours"
    ):
        return
    own, found = scene.trace.pooled[0].numpy(), []
    bar = st.progress(0.0, "The model reads the sample pictures …")
    for done, sample in enumerate(choices.gallery()):
        bar.progress(done / len(choices.gallery()), "The model reads the sample pictures …")
        output = results.sample_output(scene.model_name, sample, scene.side, scene.model)
        found.append((float(cosine(own, output)), sample))
    bar.empty()
    items = []
    for likeness, sample in sorted(found, reverse=True):
        picture = ImageOps.fit(scene.recipe.crop(choices.sample_picture(sample).image), (112, 112))
        items.append((png(picture), cosine_words(likeness), sample.replace("_", " ")))
    thumbnails(items, 90)
    st.caption("Cosine of the two output vectors, the likest first; the picture itself has 1.")
