"""What is added up before block 0: how long the part from the picture is, and the part from the place."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from ui.session.scene import Scene
from ui.shell.lesson import note
from ui.widgets.fold import fold
from vit.analysis.positions import part_lengths
from vit.figures.position import length_boxes


def place_and_picture(scene: Scene) -> None:
    """The lengths of both parts and of their sum, over all patches."""
    fold("How much is place, how much is picture", partial(_lengths, scene), "place_and_picture")


def _lengths(scene: Scene) -> None:
    lengths = part_lengths(scene.trace)
    named = {"patch part e": lengths.patch, "position part p": lengths.position, "sum e + p": lengths.total}
    chart = length_boxes(named, scene.layout.grid[1])
    st.plotly_chart(chart, key="parts", alt="Lengths of patch part, position part and sum")
    picture, place, total = (f"{np.median(values):.3f}" for values in named.values())
    words = (
        f"A dot a patch, half of them in the box. The median patch: length {picture} from the picture, {place} from "
        f"the place, {total} for the sum. (Length: the square root of the sum of squares.)"
    )
    if scene.model.config.norm_before_blocks:
        words += " A norm then brings every sum to one length before block 0."
    note(words)
