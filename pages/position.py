from functools import partial

import numpy as np
import streamlit as st

from ui.shell import page
from ui.widgets.patch_map import patch_map
from ui.widgets.png import still

scene = page.open_page(
    "position",
    "Attention treats its tokens as a heap, not as a row: with the patches in any other order, every one of them would "
    "get the very same answer. So each token must be told where in the picture it came from.",
)

from ui.parts.position import sincos  # noqa: E402  (these import torch: only after the first words are drawn)
from ui.parts.position.without_positions import second_look  # noqa: E402
from ui.server import results  # noqa: E402  (these import torch: only after the first words are drawn)
from vit.analysis.positions import part_lengths  # noqa: E402
from vit.figures import position as figures  # noqa: E402
from vit.model import positions  # noqa: E402
from vit.model.vit import ViT  # noqa: E402

model, trace, layout, seen = scene.model, scene.trace, scene.layout, scene.seen
kind, width, (gh, gw) = model.config.position, model.config.width, layout.grid
name, place = layout.name(scene.patch), layout.row_column(scene.patch)
added = kind in ("learned", "sincos1d", "sincos2d")

st.subheader("What this model does", anchor=False)
if added:
    st.latex(
        rf"\underbrace{{\mathbf{{x}}_i}}_{{{width}}} = \underbrace{{\mathbf{{e}}_i}}_{{{width}}} + "
        rf"\underbrace{{\mathbf{{p}}_i}}_{{{width}}} \qquad i = 0 \ldots {layout.n_tokens - 1}"
    )
    st.markdown(
        "To the vector **e** of token *i* a second vector **p** of the same length is *added*. It depends on the place "
        f"alone, not on the picture. All {layout.n_tokens} tokens of your picture go through this sum before block 0."
    )
if kind == "learned":
    old_gh, old_gw = model.config.grid
    fitted = f" It was learnt for {old_gh} × {old_gw} patches; like a photo, it is resized to {gh} × {gw} (bicubic)."
    st.markdown(
        "This model has a **learned position embedding**: a table with one row a place, found in training like every "
        "other weight. Nobody told it what *left* or *above* means." + fitted * ((old_gh, old_gw) != (gh, gw))
    )
elif kind in ("sincos1d", "sincos2d"):
    st.markdown(
        "This model has a fixed **sin-cos position encoding**: not learnt, computed from the place by sine and cosine. "
        + ("Places are counted token by token." if kind == "sincos1d" else "Column and row have half the numbers each.")
    )
elif kind == "rotary":
    st.markdown(
        "This model has **rotary positions**: nothing is added. Instead, in every block, the query and the key of each "
        "patch are *turned*, pair of numbers by pair, by angles that grow with its row and column. Two turned vectors "
        "compare by the *difference* of their angles: attention sees how far apart two patches are, not where they lie."
    )
    st.latex(
        r"\mathbf{q}_i \cdot \mathbf{k}_j \;\to\; (R_i\,\mathbf{q}_i) \cdot (R_j\,\mathbf{k}_j) "
        rf"= \mathbf{{q}}_i^\top R_{{j-i}}\,\mathbf{{k}}_j \qquad \mathbf{{q}}, \mathbf{{k}} \in "
        rf"\mathbb{{R}}^{{{model.config.head_width}}}"
    )
else:
    st.info("This model gets **no positions at all**: nothing is added, nothing is turned. It sees a heap of patches.")

if kind != "none":
    similarity = results.position_similarity(scene.model_name, layout, model)  # (gh, gw, gh, gw)
    st.subheader("Which places are alike", anchor=False)
    measured = (
        "mean of cos(angle − other angle): what turning leaves of q·k for equal vectors" * (kind == "rotary")
        or "cosine similarity of the two vectors **p**"
    )
    left, right = st.columns([3, 2])
    with left:
        sheet = results.likeness_sheet(scene.model_name, layout, place, model)
        still(sheet, "For every place, a small map of its likeness to all places", "stretch")
        st.caption(
            f"{gh} × {gw} small maps, one a place, each as large as the whole picture: how like is this place to every "
            f"other? ({measured}; dark −1, bright 1.) The map of {name} is framed."
        )
    with right:
        patch_map(
            seen,
            layout,
            key="places",
            alt=f"How like the place of {name} is to every other; click a patch",
            chosen=scene.patch,
            on_pick=scene.pick,
            values=similarity[place],
            scale=(-1.0, 1.0),
            label="likeness",
        )
        st.caption(f"The framed map, enlarged and laid over the picture: {name}. Click another patch to move.")

if added:
    st.subheader("How much is place, how much is picture", anchor=False)
    parts = part_lengths(trace)
    named = {"patch part e": parts.patch, "position part p": parts.position, "sum e + p": parts.total}
    st.plotly_chart(figures.length_boxes(named, gw), key="parts", alt="Lengths of patch part, position part and sum")
    medians = [f"{np.median(values):.3f}" for values in named.values()]
    st.caption(
        "A dot a patch, half of them in the box. The median patch: length {} from the picture, {} from the place, {} "
        "for the sum. (Length: the square root of the sum of squares.)".format(*medians)
        + " A norm then brings every sum to one length before block 0." * model.config.norm_before_blocks
    )

if kind != "none":
    second_look(scene)
sincos.playground(layout.grid)

page.shapes(
    ("patch_embedding", "b (gh gw) d", tuple(trace.patch_embedding.shape)),
    ("position_embedding", "n d", tuple(trace.position_embedding.shape)),
    ("tokens", "b n d", tuple(trace.tokens.shape)),
)
arrays = {"position_embedding": trace.position_embedding.numpy()}
if kind == "none":
    page.downloads("position", arrays)
else:
    pictures = {"grid-of-grids": partial(figures.grid_of_grids, similarity, place)}
    page.downloads("position", arrays | {"similarity": similarity}, pictures)
CODE = {
    "learned": (positions.resample,),
    "sincos1d": (positions.sincos_1d,),
    "sincos2d": (positions.sincos_2d,),
    "rotary": (positions.rotary_angles, positions.rotate),
}
page.source(ViT.position_embedding, *CODE.get(kind, ()), ViT.embed)
page.next_stage("position")
