from functools import partial

import numpy as np
import streamlit as st

from ui.shell import page
from ui.widgets.film import film
from ui.widgets.patch_map import patch_map
from ui.widgets.png import png, still

scene = page.open_page(
    "patch_embedding",
    "Every patch is still a list of pixel values. Now each list is multiplied by one matrix, the same for all patches, "
    "and becomes a vector of fixed length: the **patch embedding**. The matrix was learnt. Each of its rows, a "
    "**filter**, asks one question of the patch (*how reddish? is there an edge from left to right?*), and the "
    "answers are the numbers of the vector.",
)

from ui.server import results  # noqa: E402  (these import torch: only after the first words are drawn)
from ui.widgets.thumbnails import thumbnails  # noqa: E402
from vit.analysis.filters import strongest  # noqa: E402
from vit.analysis.similarity import LONG, lengths, to_patches, unusually_long  # noqa: E402
from vit.figures import embedding as figures  # noqa: E402
from vit.figures.plain import around_zero, cells  # noqa: E402
from vit.model.layers import PatchEmbedding  # noqa: E402

model, trace, layout, seen = scene.model, scene.trace, scene.layout, scene.seen
side, width, values = model.config.patch_size, model.config.width, model.config.patch_values
name, patch = layout.name(scene.patch), scene.patch - layout.n_prefix
clickable = {"chosen": scene.patch, "on_pick": scene.pick}
vector = trace.patch_embedding[0, patch].numpy()  # (d,)
filters = results.filter_pictures(model)  # (d, p, p, c)

st.subheader("One patch becomes one vector", anchor=False)
left, right = st.columns([2, 3])
with left:
    patch_map(seen, layout, key="embed", alt="The picture; click a patch", **clickable)
with right:
    bias = model.config.patch_bias
    st.latex(
        rf"\underbrace{{\mathbf{{e}}}}_{{{width}}} = \underbrace{{\mathbf{{E}}}}_{{{width} \times {values}}}\,"
        rf"\underbrace{{\mathbf{{x}}}}_{{{values}}}" + rf" + \underbrace{{\mathbf{{b}}}}_{{{width}}}" * bias
    )
    st.markdown(
        f"**x** is the patch as {values} numbers ({side} · {side} pixels, {model.config.channels} each), **E** the "
        f"matrix of {width} filters{', **b** a number of its own for each filter' * bias}. A filter has as many "
        f"numbers as the patch: multiply them pair by pair, add up, done. To **{name}** these filters answer loudest:"
    )
    loudest = strongest(vector, 9)
    row, column = layout.row_column(scene.patch)
    own = seen.crop((column * side, row * side, (column + 1) * side, (row + 1) * side))
    answers = [(png(cells(around_zero(filters[d]), side)), f"{d}: {vector[d]:+.3f}", f"Filter {d}") for d in loudest]
    thumbnails([(png(own), "the patch", f"{name}, enlarged"), *answers], 76)
    st.caption("Under each filter: its place in the vector, and the number it gives there.")
st.plotly_chart(figures.vector_bars(vector, loudest), key="vector", alt=f"The {width} numbers of the vector of {name}")
st.caption(f"The whole vector of {name}, {width} numbers; those shown above in orange.")

st.subheader(f"The {width} filters", anchor=False)
ALL, MIXED_FROM = "All filters", "What they are mixed from"
shown = st.segmented_control("Show", (ALL, MIXED_FROM), default=ALL, required=True, key="filters")
if shown == ALL:
    still(results.all_filters(scene.model_name, model, 32), f"The {width} filters of the patch matrix")
    st.caption("In order, row by row. Mid grey is 0; each filter is stretched to its own largest value.")
else:
    still(results.filter_components(scene.model_name, model, 7), "The filters' principal components")
    st.caption(
        "The 28 patterns that explain most of the filters, the most important first: their *principal components*, as "
        "in the ViT paper's figure 7, left. Mid grey is 0; each is stretched to its own largest value."
    )

st.subheader("From colours to meaning: every patch at every level", anchor=False)
st.markdown(
    f"The blocks that follow keep changing these vectors. To see {width} numbers a patch at once, the three "
    "directions in which the patches differ most (their *principal components*) are painted red, green and blue: "
    "**patches of like colour have like vectors.** Press *Play*, or pull the slider from block to block."
)
with st.spinner("Looking for the directions in which patches differ …"):
    scores, explained = results.level_scores(scene.key, trace)
colours = np.stack([results.painted(at_level, layout) for at_level in scores])  # (levels, gh, gw, 3)
level, names = scene.level, ["before block 0", *(f"after block {i}" for i in range(trace.depth))]
where = names[level]
left, middle, right = st.columns(3)
with left:
    st.markdown("**Vectors as colours**")
    film(colours, names, level, key="film", alt="The patches' vectors as colours", on_level=scene.set_level)
    st.caption(f"{where}: the three colours hold {explained[level]:.1%} of all differences between patches.")
with middle:
    st.markdown(f"**Likeness to {name}**")
    similarity = to_patches(trace, level, scene.patch)
    scale = (-1.0, 1.0) if st.session_state.get("fixed_cosine") else (float(similarity.min()), 1.0)
    alt = f"Cosine similarity of {name} to every patch {where}; click a patch"
    patch_map(seen, layout, key="likeness", alt=alt, values=similarity, scale=scale, label="cosine", **clickable)
    st.toggle("Fixed scale, −1 to 1", key="fixed_cosine")
with right:
    st.markdown("**Length of each vector**")
    long = lengths(trace, level)
    alt, scale = f"Length of every patch's vector {where}", (0.0, float(long.max()))
    patch_map(seen, layout, key="lengths", alt=alt, values=long, scale=scale, label="length", **clickable)
    artifacts = [layout.name(layout.n_prefix + int(p)) for p in unusually_long(long)]
    st.caption(
        f"More than {LONG:g} × the median: {', '.join(artifacts[:6]) or 'none here'}. Large models park notes about "
        "the whole picture in a few dull patches, whose vectors then grow very long "
        "([arXiv 2309.16588](https://arxiv.org/abs/2309.16588))."
    )
pictures = results.level_pictures(scene.key, 64, trace)
levels = [(picture, "in" if i == 0 else str(i - 1), f"Level {i}") for i, picture in enumerate(pictures)]
thumbnails(levels, 52, chosen=level)
st.caption(
    "All levels: *in* is before block 0, then after each block. Each vector is first brought to mean 0 and deviation "
    "1, as every block does. The last level shows its components as they are; every other is turned as a whole to "
    "agree with the one after it, so a colour can be followed from level to level, but not from picture to picture. "
    "Each colour runs from its 1st to its 99th percentile. A *cosine* is 1 for vectors of one direction, 0 for "
    "unrelated ones."
)

page.shapes(
    ("patches", "b (gh gw) (p1 p2 c)", tuple(trace.patches.shape)),
    ("matrix E", "d (p1 p2 c)", (width, values)),
    ("patch_embedding", "b (gh gw) d", tuple(trace.patch_embedding.shape)),
)
page.downloads(
    "patch-embedding",
    {"patch_embedding": trace.patch_embedding[0].numpy(), "similarity": similarity, "lengths": long, "scores": scores},
    {"colours": partial(cells, colours[level], 560), "all-levels": partial(figures.colour_levels_strip, colours)},
    partial(page.csv, {"dimension": range(len(vector)), "value": vector}),
)
page.source(PatchEmbedding)
page.next_stage("patch_embedding")
