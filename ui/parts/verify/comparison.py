"""Both implementations on the picture in use. transformers takes seconds to import: only here, on request."""

from __future__ import annotations

import streamlit as st

from ui.server.shared import model_result, shared_result
from ui.session.scene import Scene
from ui.widgets.markdown import escape
from ui.widgets.table import table
from vit.checkpoints.files import CheckpointError
from vit.reference.compare import SHOWN_CLASSES, Report, compare
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


def same_names(report: Report) -> None:
    """What a classifier answers in both: the likeliest classes, their names and logits side by side."""
    if not report.classes:
        return
    st.markdown("**The answer, read in both.** A *logit* is the number that the head gives a class.")
    table(
        [
            {
                "class": row.name,
                f"name in {report.reference}": row.reference_name,
                "our logit": f"{row.logit:.6f}",
                "its logit": f"{row.reference_logit:.6f}",
            }
            for row in report.classes[:SHOWN_CLASSES]
        ]
    )
    st.caption(
        f"All {len(report.classes):,} names are the same; the largest difference of a logit is {report.logits:.2e}."
        if not report.misnamed
        else f"{len(report.misnamed):,} of {len(report.classes):,} names differ."
    )
