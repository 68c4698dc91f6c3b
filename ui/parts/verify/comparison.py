"""Both implementations on the picture in use. transformers takes seconds to import: only here, on request."""

from __future__ import annotations

import streamlit as st

from ui.server.shared import model_result, shared_result
from ui.session.scene import Scene
from ui.widgets.markdown import escape
from vit.checkpoints.files import CheckpointError
from vit.reference.compare import Report, compare
from vit.reference.twin import Twin, load_reference


@shared_result(max_entries=2)  # in the session's thread: the import takes seconds, in which models can run
def _reference(model_name: str) -> Twin:
    return load_reference(model_name)


@model_result(max_entries=256)
def _report(key: tuple[str, ...], _scene: Scene, _twin: Twin) -> Report:
    return compare(_scene.model, _twin, _scene.trace.pixels)


def proof(scene: Scene) -> Report | None:
    """The comparison for this picture and model, run once; says what it is doing while it does it.

    None, and a sentence, where transformers has no such model.
    """
    with st.status("Importing transformers and loading its model …") as status:
        try:
            twin = _reference(scene.model_name)
        except CheckpointError as error:
            status.update(label=escape(str(error)), state="complete")
            return None
        status.update(label=f"Running {twin.name} and our model on your picture …")
        report = _report(scene.key, scene, twin)
        status.update(label=f"Compared with {twin.name}.", state="complete")
    return report
