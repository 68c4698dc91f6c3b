"""Both implementations on the picture in use. transformers takes seconds to import: only here, on request."""

from __future__ import annotations

import streamlit as st

from ui.server.model_thread import on_model_thread
from ui.session import choices
from ui.session.scene import Scene
from vit.checkpoints.files import CheckpointError
from vit.reference.twin import Twin, load_reference
from vit.verify import Report, compare


@st.cache_resource(max_entries=2, show_spinner=False)
def _reference(model_name: str) -> Twin:
    return load_reference(model_name)


@st.cache_data(max_entries=256, show_spinner=False)
def _report(key: tuple[str, ...], _scene: Scene, _twin: Twin) -> Report:
    return on_model_thread(lambda: compare(_scene.model, _twin, _scene.trace.pixels))


def proof(scene: Scene) -> Report | None:
    """The comparison for this picture and model, run once; says what it is doing while it does it.

    None, and a sentence, where transformers has no such model.
    """
    with st.status("Importing transformers and loading its model …") as status:
        try:
            twin = _reference(scene.model_name)
        except CheckpointError as error:
            status.update(label=choices.escape(str(error)), state="complete")
            return None
        status.update(label=f"Running {twin.name} and our model on your picture …")
        report = _report(scene.key, scene, twin)
        status.update(label=f"Compared with {twin.name}.", state="complete")
    return report
