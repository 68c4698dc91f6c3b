from functools import partial

import numpy as np
import streamlit as st

from ui.shell import page
from ui.widgets.patch_map import patch_map

scene = page.open_page(
    "output",
    "Many vectors went through the blocks; one comes out for the whole picture. It is what the model has to say: a "
    "classifier reads its classes from it, a search engine compares it with those of other pictures.",
)

from ui.parts.output import classes, zero_shot  # noqa: E402  (these import torch: only after the first words are drawn)
from ui.server import results  # noqa: E402  (these import torch: only after the first words are drawn)
from vit.analysis.output import pooled_to_patches  # noqa: E402
from vit.figures import output as figures  # noqa: E402
from vit.figures.embedding import vector_bars  # noqa: E402
from vit.model.layers import MAPHead  # noqa: E402
from vit.model.vit import ViT  # noqa: E402

model, trace, layout, seen = scene.model, scene.trace, scene.layout, scene.seen
parts, n, pooled = model.config.pooling.split("+"), layout.n_tokens, trace.pooled[0].numpy()

st.subheader("Many become one", anchor=False)
words = {
    "mean": f"the **mean of the {layout.n_patches} patches**",
    "map": "the answer of an **attention pooling head**: one more attention, in which a learnt *probe* asks and all "
    "tokens answer, and one more MLP",
}
formula = {
    "mean": rf"\frac{{1}}{{{layout.n_patches}}} \sum_{{i \,\in\, \text{{patches}}}} \mathrm{{norm}}(\mathbf{{x}}_i)",
    "map": rf"\mathrm{{MAP}}\big(\mathrm{{norm}}(\mathbf{{x}}_0) \ldots \mathrm{{norm}}(\mathbf{{x}}_{{{n - 1}}})\big)",
}
for token, prefix in enumerate(layout.prefix):
    name = layout.name(token)
    words[prefix] = f"the **{name} token**, which is no patch and gathers from all in every block"
    formula[prefix] = rf"\mathrm{{norm}}(\mathbf{{x}}_{{\text{{{name}}}}})"
st.markdown(
    f"After block {trace.depth - 1} all {n} tokens go through a last norm. The output of this model is then "
    + ", and beside it ".join(words[part] for part in parts)
    + "."
)
both = r"\;\mid\;".join(formula[part] for part in parts)
st.latex(rf"\underbrace{{\mathbf{{y}}}}_{{{len(pooled)}}} = " + (rf"\big[\,{both}\,\big]" if len(parts) > 1 else both))
st.plotly_chart(vector_bars(pooled), key="pooled", alt=f"The output vector, {len(pooled)} numbers")
st.caption(f"The output vector of your picture: {len(pooled)} numbers, of length {np.linalg.norm(pooled):.3f}.")

left, right = st.columns([2, 3])
if trace.pool_pattern is not None:
    pattern = layout.patches(trace.pool_pattern[0], axis=-1).numpy()  # (h, gh·gw)
    with right:
        st.markdown("**Where the pooling head looks.** It asks with one learnt probe, the same for every picture.")
        heads = ["mean", *map(str, range(len(pattern)))]
        head = st.select_slider("Head of the pooling", heads, key="pool_head")
        st.caption(f"The weights of all {n} tokens sum to 1; looking everywhere alike would be {1 / n:.5f} each.")
    values = pattern.mean(0) if head == "mean" else pattern[int(head)]
    scale, label = (0.0, float(values.max())), "attention"
else:
    values = pooled_to_patches(trace)
    scale, label = (float(values.min()), float(values.max())), "cosine"
    with right:
        first = words[parts[0]].split(",")[0]
        st.markdown(
            f"**Which patches are like the output?** The cosine of the output ({first}) with the final vector of every "
            "patch: 1 means the same direction, 0 nothing in common. Bright patches say much the same as the whole."
        )
        if st.toggle("Fixed scale, −1 to 1", key="fixed_output_cosine"):
            scale = (-1.0, 1.0)
with left:
    alt = f"{label} of the output with every patch"
    patch_map(seen, layout, key="pooled_map", alt=alt, values=values, scale=scale, label=label)

st.subheader("How it forms, block by block", anchor=False)
formed = results.forming(scene.key, model, trace)
carriers = {"mean": "the mean of the patches", "map": "the mean of all tokens, which the pooling head reads"}
carriers |= {prefix: layout.name(token) for token, prefix in enumerate(layout.prefix)}
carried = " beside ".join(carriers[part] for part in parts)
left, right = st.columns(2)
with left:
    likeness = figures.over_levels(formed.similarity, formed.carried)
    st.plotly_chart(likeness, key="forming", alt="Likeness to the final output by level")
    st.caption(
        "If the model stopped early and gave its output there, how like would it be to the one it gives in the end? "
        f"Blue: with the last norm and pooling. Orange: the vector on its way, before them ({carried})."
    )
with right:
    sizes = figures.lengths_and_updates(formed.length, formed.attention, formed.mlp)
    st.plotly_chart(sizes, key="updates", alt="Length of the vector, and of what attention and MLP add, by block")
    st.caption(
        "The length of the vector on its way, and of what each block adds to it. "
        "Attention brings news from other tokens, the MLP works on what is there."
    )

if model.head is None and zero_shot.reads_text(scene):
    zero_shot.fits(scene)
elif model.head is None:
    st.subheader("No classes here", anchor=False)
    st.info(
        "This model has **no classification head**: nothing in it turns the vector into class names, so there are no "
        "probabilities to show. Its output is the vector itself, for others to use."
    )
else:
    classes.classes(scene)
classes.neighbours(scene)

steps = [("final", "b n d", tuple(trace.final.shape)), ("pooled", "b d", tuple(trace.pooled.shape))]
if trace.logits is not None:
    steps.append(("logits", "b classes", tuple(trace.logits.shape)))
page.shapes(*steps)
arrays = {"pooled": pooled, "final": trace.final[0].numpy(), "per_patch": values}
arrays |= {f"forming_{name}": array for name, array in vars(formed).items()}
if trace.logits is not None:
    arrays["logits_by_level"] = results.logit_lens(scene.key, model, trace)
table = partial(page.csv, {"dimension": range(len(pooled)), "value": pooled})
page.downloads("output", arrays, table=table)
page.source(ViT.read, *([MAPHead] if trace.pool_pattern is not None else []))
page.next_stage("output")
