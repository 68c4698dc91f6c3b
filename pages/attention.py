from functools import partial

import streamlit as st

from ui.shell import page

scene = page.open_page(
    "attention",
    "Here tokens look at each other. Each asks with a **query**; every token answers with a **key**. The better the "
    "two match, the more of that token's **value** the asker takes over. How much it takes from each is the "
    "**pattern**: shares that sum to 1. Every head of every layer learnt its own queries, keys and values, so each "
    "looks for something else. *Move over the picture and watch them all.*",
)

from ui.parts.attention.every_head import every_head, go_to  # noqa: E402
from ui.parts.attention.explorer import attention_explorer  # noqa: E402  (these import torch: only after the first words are drawn)
from ui.parts.attention.one_query import one_query  # noqa: E402
from vit.analysis import attention  # noqa: E402
from vit.figures import attention as figures  # noqa: E402
from vit.model.layers import Attention, attend  # noqa: E402

model, trace, layout = scene.model, scene.trace, scene.layout
layer, head, token = scene.layer, scene.head, scene.token
n, heads, width = layout.n_tokens, trace.n_heads, model.config.head_width


alt = f"The picture and its {n} tokens."
attention_explorer(trace, model, key="explorer", alt=alt, token=token, layer=layer, head=head, on_pin=scene.choose)

block = trace.blocks[layer]
steps = attention.walk(block, head, token)
names = [layout.name(i) for i in range(n)]
st.subheader(f"One query, step by step: {names[token]} in layer {layer}, head {head}", anchor=False)
one_query(steps, names, heads, model.config.width)

st.subheader("Every head of every layer", anchor=False)
st.markdown("Each dot is a head, averaged over all queries of this picture. **Click one to go there.**")
entropy, distance = every_head(scene.key, trace)


alike = float(attention.patch_distances(layout, trace.patch_size).mean())  # distance under uniform attention
left, right = st.columns(2)
with left:
    far = figures.every_head(distance, "mean distance, pixels", (layer, head), alike, "attention to all patches alike")
    st.plotly_chart(far, key="distance", on_select=partial(go_to, "distance"), selection_mode="points", alt="Distances")
    st.caption("How **far** a head looks (the ViT paper's figure 7): from patch to patch, weighted by attention.")
with right:
    most = attention.most_entropy(layout)
    wide = figures.every_head(entropy, "entropy, bits", (layer, head), most, "all tokens alike")
    st.plotly_chart(wide, key="entropy", on_select=partial(go_to, "entropy"), selection_mode="points", alt="Entropies")
    st.caption("How **widely** it looks: 0 bits is one token; one bit more, twice as many.")

st.latex(
    rf"\mathbf{{Z}} = \mathrm{{softmax}}\Big(\tfrac{{1}}{{\sqrt{{{width}}}}}\,"
    rf"\underbrace{{\mathbf{{Q}}}}_{{{n} \times {width}}}\,"
    rf"\underbrace{{\mathbf{{K}}^\top}}_{{{width} \times {n}}}\Big)\,"
    rf"\underbrace{{\mathbf{{V}}}}_{{{n} \times {width}}}"
    rf"\qquad \text{{in each of {heads} heads of each of {trace.depth} layers}}"
)
page.shapes(
    ("resid_pre", "b n d", tuple(block.resid_pre.shape)),
    ("q, k, v", "b h n k", tuple(block.q.shape)),
    ("pattern", "b h n n", tuple(block.pattern.shape)),
    ("z", "b h n k", tuple(block.q.shape)),
    ("attn_out", "b n d", tuple(block.resid_mid.shape)),
)
page.downloads(
    f"attention-layer-{layer}",
    {
        "pattern": block.pattern[0].numpy(),
        **{name: getattr(steps, name) for name in ("q", "k", "v", "dots", "scaled", "p", "z")},
        "entropy": entropy,
        "distance": distance,
    },
    {f"pattern-head-{head}": partial(figures.pattern_picture, block.pattern[0, head].numpy())},
    partial(page.csv, {"key": names, "q·k": steps.dots, "scaled": steps.scaled, "p": steps.p}),
)
page.source(attend, Attention)
page.next_stage("attention")
