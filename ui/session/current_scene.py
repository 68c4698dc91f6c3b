"""The scene of what is chosen: the model loaded, the picture traced. Imports torch."""

from __future__ import annotations

import streamlit as st

from ui.server import taught_heads
from ui.server.models import get_model
from ui.server.traces import get_trace
from ui.session import choices, offered
from ui.session.keys import chosen
from ui.session.paper import as_the_model_reads_it
from ui.session.scene import Scene
from ui.widgets.markdown import escape
from vit.checkpoints.files import CheckpointError
from vit.pictures.preprocess import Side


def current_scene() -> Scene:
    """Trace the chosen picture; a model that cannot be had is replaced by the bundled one, with a sentence."""
    if chosen.model not in offered.models():
        st.warning(
            "This link names classes that somebody taught in a session of their own, which nobody else can see. "
            "The bundled model is used instead."
            if taught_heads.is_name(chosen.model)
            else "The model that was asked for is not on this server. The bundled model is used instead; others are "
            "under “More models …”."
        )
        chosen.model = choices.DEFAULT_MODEL
    try:
        model = get_model(chosen.model)
    except CheckpointError as error:
        st.warning(f"{escape(str(error))} The bundled model is used instead.")
        chosen.model = choices.DEFAULT_MODEL
        model = get_model(chosen.model)
    if chosen.side not in offered.resolutions(model):
        chosen.side = None
    read = as_the_model_reads_it(chosen.picture, model)
    if read.refusal:
        st.warning(f"{read.refusal} The model gets the picture as it is.")
    side: Side = chosen.side
    if chosen.whole and not model.config.own_grid_only:
        side = model.preprocessing.whole_side(read.picture.size, model.config.patch_size, chosen.side)
    trace = get_trace(chosen.model, read.picture, side)
    return Scene(read.picture, chosen.model, side, model, trace.layout, read.steps)
