"""One patch becomes one vector: the formula, the filters that answer loudest, and all numbers of the vector."""

from __future__ import annotations

import streamlit as st

from ui.parts.patch_embedding.filters import filter_pictures
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.widgets.patch_map import patch_map
from ui.widgets.png import png
from ui.widgets.thumbnails import thumbnails
from vit.analysis.filters import strongest
from vit.figures.embedding import vector_bars
from vit.figures.plain import around_zero, cells


def one_patch(scene: Scene) -> None:
    """The chosen patch; a click on the picture chooses another."""
    config, layout, picture = scene.model.config, scene.layout, scene.cropped
    side, width, name = config.patch_size, config.width, layout.name(scene.patch)
    vector = scene.trace.patch_embedding[0, scene.patch - layout.n_prefix].numpy()  # (d,)
    loudest = strongest(vector, 9)
    st.subheader("One patch becomes one vector", anchor=False)
    left, right = st.columns([2, 3])
    with left:
        alt = "The picture; click a patch"
        patch_map(picture, layout, key="embed", alt=alt, chosen=scene.patch, on_pick=scene.pick)
    with right:
        _formula(width, config.patch_values, config.patch_bias)
        own_number = ", **b** a number of its own for each filter" if config.patch_bias else ""
        explain(
            f"**x** is the patch as {config.patch_values} numbers ({side} · {side} pixels, {config.channels} each), "
            f"**E** the matrix of {width} filters{own_number}. A filter has as many numbers as the patch: multiply "
            f"them pair by pair, add up, done. To **{name}** these filters answer loudest:"
        )
        row, column = scene.place
        patch = picture.crop((column * side, row * side, (column + 1) * side, (row + 1) * side))
        filters = filter_pictures(scene.model)  # (d, p, p, c)
        answers = [
            (png(cells(around_zero(filters[d]), side)), f"{d}: {vector[d]:+.3f}", f"Filter {d}") for d in loudest
        ]
        thumbnails([(png(patch), "the patch", f"{name}, enlarged"), *answers], 76)
        note("Under each filter: its place in the vector, and the number it gives there.")
    st.plotly_chart(vector_bars(vector, loudest), key="vector", alt=f"The {width} numbers of the vector of {name}")
    note(f"The whole vector of {name}, {width} numbers; those shown above in orange.")


def _formula(width: int, values: int, bias: bool) -> None:
    product = (
        rf"\underbrace{{\mathbf{{e}}}}_{{{width}}} = \underbrace{{\mathbf{{E}}}}_{{{width} \times {values}}}\,"
        rf"\underbrace{{\mathbf{{x}}}}_{{{values}}}"
    )
    st.latex(rf"{product} + \underbrace{{\mathbf{{b}}}}_{{{width}}}" if bias else product)
