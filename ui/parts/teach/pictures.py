"""Pictures for the chosen class: samples, files and whole archives, the camera."""

from __future__ import annotations

from functools import partial

import streamlit as st

from ui.parts.teach import collected, files
from ui.session.samples import gallery
from ui.shell.lesson import explain, note
from ui.widgets.camera import camera
from ui.widgets.gallery import gallery as show_gallery
from ui.widgets.markdown import escape
from vit.teaching.picture_classes import PictureClasses

SOURCES = ("Samples", "Upload", "Camera")


def pictures(having: PictureClasses) -> None:
    """Ways to bring pictures, and what was wrong with those that were not taken."""
    st.subheader("2. Give each some pictures", anchor=False)
    number = collected.chosen_class()
    if having.classes:
        explain(f"They go to **{escape(having.classes[number].name)}**. Press another class above to change that.")
    else:
        explain("Name a class first, or bring a zip with a folder for each class.")
    sources = SOURCES if having.classes else ("Upload",)
    source = st.session_state.get("teach_source")
    st.session_state.teach_source_menu = source if source in sources else sources[0]
    st.segmented_control(
        "From", sources, required=True, key="teach_source_menu", on_change=_keep_source, label_visibility="collapsed"
    )
    source = st.session_state.teach_source_menu
    if source == "Upload":
        files.upload(having, number)
    elif source == "Camera":
        frames = st.session_state.get("teach_frames", 0)
        camera("held", partial(_take_frame, having.backbone, number), key="teach_camera", answered=frames)
    else:
        own = {example.name: example.key for example in having.classes[number].examples}
        taken = [sample for sample in gallery() if sample.replace("_", " ") in own]
        show_gallery(gallery(), taken, partial(_pick, having.backbone, number, own), key="teach_samples")
        note("Press a picture to give it to the class; press it again to take it away.")
    if sentences := collected.notes():
        st.warning("\n".join(f"- {escape(sentence)}" for sentence in sentences))
    note(
        "Pictures go to this server and no further. It keeps the small square that the model sees of each, and its "
        "vectors, for this session only: when you close or reload the page they are gone."
    )


def _keep_source() -> None:
    st.session_state.teach_source = st.session_state.teach_source_menu
    st.session_state.teach_notes = []


def _pick(backbone: str, number: int, own: dict[str, str], sample: str) -> None:
    """Give a sample picture to a class, or take it away."""
    st.session_state.teach_notes = []
    if key := own.get(sample.replace("_", " ")):
        collected.change(lambda having: having.without_example(key))
    else:
        mirrored = collected.mirrored()
        collected.change(
            lambda having: having.with_example(number, collected.sample_example(backbone, sample, mirrored))
        )


def _take_frame(backbone: str, number: int, jpeg: bytes) -> None:
    """Give a frame of the camera to a class."""
    frames = st.session_state.get("teach_frames", 0) + 1
    st.session_state.teach_frames = frames
    st.session_state.teach_notes = []
    name = f"camera {frames}"
    mirrored = collected.mirrored()
    collected.change(lambda having: having.with_example(number, collected.read_example(backbone, jpeg, name, mirrored)))
