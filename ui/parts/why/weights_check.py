"""Whether each map depends on what the model learned: the same method on a model whose weights were shuffled."""

from __future__ import annotations

import streamlit as st

from ui.parts.why import computed
from ui.parts.why.question import Question
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.widgets.table import table
from vit.experiments.shuffled_weights import ALIKE


def weights_check(scene: Scene, question: Question) -> None:
    """The button, and once it was pressed for this question a row a method."""
    st.subheader("Does it look at the model at all?", anchor=False)
    explain(
        "A map may only show edges of the picture. So: shuffle every weight of the patch embedding and of all blocks, "
        "so that nothing learned is left, and make each map again. **It must change.** (Adebayo et al. 2018)"
    )
    asked = (scene.key, question.key)
    if st.button("Shuffle the weights and make the maps again"):
        st.session_state.why_shuffled = asked
    if st.session_state.get("why_shuffled") != asked:
        return
    with st.spinner("A model that has forgotten everything reads the picture …"):
        model, trace = scene.model, scene.trace
        found = computed.changes_with_weights(scene.key, question.key, model, trace, question.target)
    table(
        [
            {
                "method": name,
                "likeness of the two maps": None if value is None else round(value, 3),
                "verdict": _verdict(value),
            }
            for name, value in found.items()
        ]
    )
    note(f"Rank correlation of the two maps: 1 the same order of patches, 0 none in common; beyond ±{ALIKE} fails.")


def _verdict(likeness: float | None) -> str:
    if likeness is None:
        return "nothing to compare: its map is the same everywhere"
    return "fails: hardly changed" if abs(likeness) > ALIKE else "passes: changed"
