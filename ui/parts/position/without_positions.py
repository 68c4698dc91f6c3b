"""The same picture through the same model again, its positions left out or shuffled: three passes side by side."""

from __future__ import annotations

import streamlit as st

from ui.parts.output.classes import moved, reader
from ui.server import results
from ui.session.scene import Scene
from ui.widgets.patch_map import patch_map
from ui.widgets.png import png
from ui.widgets.thumbnails import thumbnails
from vit.analysis.positions import POSITION_EDITS
from vit.figures.plain import cells

WORDS = {
    "kept": "as the model was trained",
    "left out": "all zero: no place says anything",
    "shuffled": "the same places, dealt out anew",
}


def second_look(scene: Scene) -> None:
    """What the model makes of the picture in each pass: how far the output moved, colours, attention."""
    st.subheader("And without? The same model, run again", anchor=False)
    st.markdown(
        "Two more real passes of your picture: one with the positions **left out**, one with them **shuffled** among "
        "the tokens. Compare what is left of the picture."
    )
    with st.spinner("The model reads the picture twice more …"):
        passes = {edit: results.edited(scene.key, edit, scene.model, scene.trace) for edit in POSITION_EDITS}
    layout, seen = scene.layout, scene.seen

    for column, (edit, found) in zip(st.columns(3), passes.items(), strict=True):
        column.markdown(f"**Positions {edit}**  \n:small[{WORDS[edit]}]")
        with column:
            moved(scene, found.change.pooled, found.logits)

    st.markdown("**The patches' vectors after the last block, as colours** (as on the page before)")
    pictures = [
        (png(cells(results.painted(found.scores, layout), 64)), f"positions {edit}", f"Patch vectors, positions {edit}")
        for edit, found in passes.items()
    ]
    thumbnails(pictures, side=96, widest=560)
    st.caption("The second and the third are turned as a whole to agree with the first as well as they can.")

    st.markdown(f"**{reader(scene)}**, on one scale for all three")
    looks = {edit: found.looks for edit, found in passes.items()}
    scale = (0.0, float(max(look.max() for look in looks.values())))
    for column, (edit, values) in zip(st.columns(3), looks.items(), strict=True):
        with column:
            alt = f"Attention, positions {edit}"
            patch_map(seen, layout, key=f"look-{edit}", alt=alt, values=values, scale=scale, label="attention")

    columns = st.columns(3)
    columns[0].markdown("**How like every patch's output is to its own in the first pass.**  \n1: unchanged.")
    others = {edit: found.change.patches for edit, found in passes.items() if edit != "kept"}
    scale = (min(0.0, *(float(values.min()) for values in others.values())), 1.0)
    for column, (edit, values) in zip(columns[1:], others.items(), strict=True):
        with column:
            alt = f"Cosine of each patch's output with its own in the first pass, positions {edit}"
            patch_map(seen, layout, key=f"change-{edit}", alt=alt, values=values, scale=scale, label="cosine")
