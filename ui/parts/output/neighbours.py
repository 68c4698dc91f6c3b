"""Which of the sample pictures have an output like this one's."""

from __future__ import annotations

import numpy as np
import streamlit as st
from PIL import ImageOps

from ui.server.model_thread import MORE_PASSES
from ui.server.shared import model_result
from ui.session.samples import gallery, sample_picture
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.widgets.png import png
from ui.widgets.thumbnails import thumbnails
from vit import ViT
from vit.analysis.similarity import cosine
from vit.figures.numbers import cosine_words
from vit.pictures.preprocess import Side, whole


@model_result(max_entries=256, patience=MORE_PASSES)
def _sample_output(model_name: str, sample: str, side: Side, _model: ViT) -> np.ndarray:
    """The pooled output of a sample picture at this resolution: (d,). Its trace is not kept."""
    pixels = sample_picture(sample).pixels(_model.preprocessing.for_side(side))
    return _model.trace(pixels).pooled[0].numpy()


def _as_seen(scene: Scene, sample: str) -> Side:
    """The size at which a sample is compared: the picture's own, or the sample whole in its own shape."""
    if not isinstance(scene.side, tuple):
        return scene.side
    patch = scene.model.config.patch_size
    about = round((scene.side[0] * scene.side[1]) ** 0.5 / patch) * patch
    return whole(sample_picture(sample).size, about, patch)


def neighbours(scene: Scene) -> None:
    """How like the output is to the outputs of the sample pictures: a pass each, when asked for.

    A model without classes has nothing else to answer, so there it begins switched on.
    """
    st.subheader("Which other pictures are like it?", anchor=False)
    explain(
        "Outputs can be compared: pictures of like content get vectors of like direction. That is how a search by "
        "picture works."
    )
    samples = list(gallery())
    words = f"Run the {len(samples)} sample pictures through the model and compare"
    without_names = scene.model.head is None
    if not st.toggle(words, without_names, key="neighbours_without_names" if without_names else "neighbours"):
        return
    own, likeness = scene.trace.pooled[0].numpy(), {}
    bar = st.progress(0.0, "The model reads the sample pictures …")
    for done, sample in enumerate(samples):
        bar.progress(done / len(samples), "The model reads the sample pictures …")
        other = _sample_output(scene.model_name, sample, _as_seen(scene, sample), scene.model)
        likeness[sample] = float(cosine(own, other))
    bar.empty()
    items = []
    for sample in sorted(samples, key=lambda name: (likeness[name], name), reverse=True):
        picture = ImageOps.fit(sample_picture(sample).image, (112, 112))
        items.append((png(picture), cosine_words(likeness[sample]), sample.replace("_", " ")))
    thumbnails(items, 90)
    note("Cosine of the two output vectors, the likest first; the picture itself has 1.")
