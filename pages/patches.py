from functools import partial

import streamlit as st

from ui.shell import page
from ui.widgets.patch_map import patch_map
from ui.widgets.png import png, still

scene = page.open_page(
    "patches",
    "A transformer reads a *row of vectors*, not a picture. So the picture is brought to a fixed size and cut into "
    "small squares of equal size, the **patches**. Each patch will become one vector: what a word is in a sentence, "
    "a patch is in a picture.",
)

from ui.parts.patches.smaller_patches import smaller_patches  # noqa: E402  (after the first words are drawn)
from vit.figures import patches as figures  # noqa: E402
from vit.model.trace import cut_into_patches  # noqa: E402
from vit.pictures.open import full_size  # noqa: E402
from vit.pictures.preprocess import Preprocessing  # noqa: E402

model, trace, layout = scene.model, scene.trace, scene.layout
recipe, picture, seen = scene.recipe, scene.picture.image, scene.seen
height, width = trace.pixels.shape[-2:]
gh, gw = layout.grid
side, channels = model.config.patch_size, model.config.channels

st.subheader("What the model gets to see", anchor=False)
left, right = st.columns([3, 2])
with left:
    box = recipe.crop_box(*picture.size)
    st.image(figures.crop_on_original(picture, box), alt="Your picture with the part that is kept in an orange frame")
    came, size = full_size(picture), picture.size
    st.caption(
        "Your picture: {} × {} pixels (across × down). ".format(*came)
        + ("As it came in it was made {} × {}, to save memory. ".format(*size) if came != size else "")
        + "It is resized to {} × {}, and the middle {} × {} is kept: the part in the frame.".format(
            *recipe.resized(*size), width, height
        )
    )
with right:
    still(png(seen), "The picture as the model sees it")
    st.caption(f"What is left: {width} × {height} pixels, {channels} numbers each, from 0 to 255.")
st.markdown(
    "Last, every number is **normalised**, so that all channels have about the same spread: divided by 255, minus the "
    "channel's mean, divided by its standard deviation. Both were measured once, on the pictures the model learnt from."
)
mean, deviation = (",\\ ".join(f"{value:.3f}" for value in values) for values in (recipe.mean, recipe.std))
st.latex(r"x_{\text{normalised}} = \frac{x / 255 - \mu}{\sigma}")
st.latex(rf"\mu = ({mean})")
st.latex(rf"\sigma = ({deviation})")

st.subheader("The grid", anchor=False)
left, right = st.columns([3, 2])
with left:
    patch_map(seen, layout, key="grid", alt="The patch grid; click a patch", chosen=scene.patch, on_pick=scene.pick)
with right:
    st.markdown("The number of patches follows from the sizes alone:")
    st.latex(rf"N = \frac{{H \cdot W}}{{P^2}} = \frac{{{height} \cdot {width}}}{{{side}^2}} = {gh * gw}")
    st.markdown(
        f"**H** and **W** are the picture's height and width in pixels, **P** is the side of a patch: {side} pixels. "
        f"That makes {gh} rows of {gw}, numbered from 0, row by row from the top left. "
        f"The model adds {layout.n_prefix or 'no'} token{'s' * (layout.n_prefix != 1)} of its own in front."
    )
    st.markdown("**Click a patch** to look into it below; the other pages follow your choice.")
page.shapes(
    ("pixels", "b c (gh p1) (gw p2)", tuple(trace.pixels.shape)),
    ("patches", "b (gh gw) (p1 p2 c)", tuple(trace.patches.shape)),
)

row, column = layout.row_column(scene.patch)
patch = trace.patches[0, scene.patch - layout.n_prefix].reshape(side, side, channels).numpy()
st.subheader(f"One patch: row {row}, column {column}", anchor=False)
left, right = st.columns([1, 3])
with left:
    corner = column * side, row * side
    enlarged = seen.crop((*corner, corner[0] + side, corner[1] + side)).resize((side * 16, side * 16), 0)
    still(png(enlarged), "The chosen patch, enlarged", "stretch")
    st.caption(f"{side} × {side} pixels, enlarged")
with right:
    st.plotly_chart(figures.channel_maps(patch), key="channels", alt="The patch's normalised values by channel")
first = seen.convert("L" if channels == 1 else "RGB").getpixel(corner)
first = first if isinstance(first, tuple) else (first,)
st.markdown(
    f"Written in one row, these are **{patch.size} numbers**: {side} · {side} pixels of {channels} "
    f"channel{'s' * (channels > 1)}. The first pixel is ({', '.join(map(str, first))}); normalised it becomes "
    f"({', '.join(f'{v:.4f}' for v in patch[0, 0])}), the first {channels} numbers below."
)
st.plotly_chart(figures.flat_vector(patch), key="vector", alt="The patch as one row of numbers")

smaller_patches(scene)

page.downloads(
    "patches",
    {"pixels": trace.pixels[0].numpy(), "patches": trace.patches[0].numpy(), "chosen_patch": patch},
    {"crop": seen.copy, "grid": partial(figures.patches_apart, seen, side)},
)
page.source(Preprocessing, cut_into_patches)
page.next_stage("patches")
