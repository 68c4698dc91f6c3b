"""What the model gets to see of the picture: resized, its middle cut out, its numbers normalised."""

from __future__ import annotations

import streamlit as st

from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.widgets.formulas import formulas
from ui.widgets.png import png, still
from vit.figures.patches import crop_on_original


def model_input(scene: Scene) -> None:
    """The picture as it came with the part that is kept, that part, and the formula that makes numbers of it."""
    recipe, picture = scene.recipe, scene.picture.image
    (height, width), channels = recipe.size, scene.model.config.channels
    st.subheader("What the model gets to see", anchor=False)
    left, right = st.columns([3, 2])
    with left:
        framed = crop_on_original(picture, recipe.crop_box(*picture.size))
        st.image(framed, alt="Your picture with the part that is kept in an orange frame")
        came = scene.picture.size
        resized = recipe.resized(*came)
        kept = "and all of it is kept" if resized == (width, height) else f"and the middle {width} × {height} is kept"
        if resized[0] < width or resized[1] < height:
            kept = f"and laid in the middle of {width} × {height} pixels, with a border where it does not reach"
        note(
            f"Your picture: {came[0]} × {came[1]} pixels (across × down). It is resized to {resized[0]} × "
            f"{resized[1]}, {kept}: the part in the frame. " + " ".join(scene.picture.notes)
        )
    with right:
        still(png(scene.cropped), "The picture as the model sees it")
        note(f"What is left: {width} × {height} pixels, {_numbers(channels)} each, from 0 to 255.")
    explain(
        "Last, every number is **normalised**, so that all channels have about the same spread: divided by 255, minus "
        "the channel's mean, divided by its standard deviation. Both were measured once, on the pictures the model "
        "learnt from."
    )
    mean, deviation = (",\\ ".join(f"{value:.3f}" for value in values) for values in (recipe.mean, recipe.std))
    formulas(r"x_{\text{normalised}} = \frac{x / 255 - \mu}{\sigma}", rf"\mu = ({mean})", rf"\sigma = ({deviation})")


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"
