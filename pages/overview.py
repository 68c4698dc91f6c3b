import streamlit as st

from ui.shell import page

scene = page.open_page(
    "overview",
    "A **Vision Transformer** turns a picture into an answer in five steps. Below, *your* picture takes them: every "
    "thumbnail is computed from it by the model you can read in this project, nothing is drawn by hand. Choose a "
    "picture on the left, then open a step to see how it works.",
)

from ui.parts.overview.cards import asker, strip  # noqa: E402
from ui.server import results  # noqa: E402  (after the first words are drawn)
from ui.widgets.thumbnails import thumbnails  # noqa: E402
from vit import ViT  # noqa: E402
from vit.model.shapes import walk  # noqa: E402

trace, layout = scene.trace, scene.layout
strip(scene)

st.subheader("The tokens after every layer", anchor=False)
st.markdown(
    f"Attention and the small network behind it (the *MLP*) are repeated in **{trace.depth} layers**. Each layer adds "
    "something to every token's vector. Here every patch is coloured by the three main directions in which the vectors "
    "differ: patches of like colour have come to mean like things."
)
names = ["input", *(f"layer {layer}" for layer in range(trace.depth))]
thumbnails(
    [
        (picture, name, f"Patch vectors, {name}")
        for picture, name in zip(results.level_pictures(scene.key, 96, trace), names, strict=True)
    ],
    side=96,
)

st.subheader("The same walk in numbers", anchor=False)
layer = page.layer_slider(scene)
st.markdown(
    f"**b** pictures at a time (here 1), **n** = {layout.n_tokens} tokens, **d** = {scene.model.config.width} numbers "
    f"a token, **h** = {trace.n_heads} heads of **k** = {scene.model.config.head_width}. "
    "The names are those of the code: `trace.tokens`, `trace.blocks[0].pattern` …"
)
page.shapes(*((step.name, step.axes, step.shape) for step in walk(trace, layer)))
st.caption(f"The slider also moves the thumbnail above of where {layout.name(asker(scene))} looks.")

page.source(ViT.trace)
page.next_stage("overview")
