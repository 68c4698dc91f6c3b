"""One patch, enlarged, and its real numbers: by channel, and as the one row that goes into the model."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch
from einops import rearrange
from PIL import Image

from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.widgets.png import png, still
from vit.figures import patches as figures

ENLARGED = 16  # screen pixels a pixel


def one_patch(scene: Scene) -> np.ndarray:
    """Draw the chosen patch and hand back its normalised values: (p, p, c)."""
    picture, side, channels = scene.cropped, scene.model.config.patch_size, scene.model.config.channels
    row, column = scene.place
    patch = scene.trace.patches[0, scene.patch - scene.layout.n_prefix].reshape(side, side, channels).numpy()
    left_edge, top_edge = column * side, row * side
    st.subheader(f"One patch: row {row}, column {column}", anchor=False)
    left, right = st.columns([1, 3])
    with left:
        cut = picture.crop((left_edge, top_edge, left_edge + side, top_edge + side))
        enlarged = cut.resize((side * ENLARGED, side * ENLARGED), Image.Resampling.NEAREST)
        still(png(enlarged), "The chosen patch, enlarged", "stretch")
        note(f"{side} × {side} pixels, enlarged")
    with right:
        ends = scene.recipe.normalised(rearrange(torch.tensor([0.0, 1.0]), "ends -> ends 1 1 1"))  # (2, c, 1, 1)
        chart = figures.channel_maps(patch, *rearrange(ends, "ends c 1 1 -> ends c").numpy())
        st.plotly_chart(chart, key="channels", alt="The patch's normalised values by channel")
        note(
            "Black is a pixel's 0, the full colour its 255. Normalised, the numbers of this patch lie between "
            f"{patch.min():.2f} and {patch.max():.2f}."
        )
    first = np.asarray(cut.convert("L" if channels == 1 else "RGB"))[0, 0].reshape(-1)  # (c,)
    explain(
        f"Written in one row, these are **{patch.size} numbers**: {side} · {side} pixels of "
        f"{'1 channel' if channels == 1 else f'{channels} channels'}. The first pixel is "
        f"({', '.join(map(str, first))}); normalised it becomes "
        f"({', '.join(f'{v:.4f}' for v in patch[0, 0])}), "
        f"the first {'number' if channels == 1 else f'{channels} numbers'} below."
    )
    st.plotly_chart(figures.flat_vector(patch), key="vector", alt="The patch as one row of numbers")
    return patch
