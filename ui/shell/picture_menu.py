"""Choose the picture: the sample gallery, an upload, the camera, or a digit drawn by hand.

Bad files are answered in a sentence.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ui.session import choices
from ui.widgets.draw_pad import draw_pad
from ui.widgets.gallery import gallery
from vit.pictures.digits import like_mnist
from vit.pictures.open import PictureError, open_image

SOURCES = ("Samples", "Upload", "Camera")
DRAW = "Draw"
TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"]


def choose_picture(page: str) -> None:
    """The sidebar's picture menu on ``page``; a choice becomes the session's picture before the page runs again."""
    sources = (*SOURCES, DRAW) if st.session_state.digits else SOURCES
    source, chosen_on = st.session_state.get("source", (sources[0], page))
    if source not in sources or (source == "Camera" and chosen_on != page):  # it would go on by itself on every page
        source = sources[0]
    st.session_state.source_menu = source

    def keep() -> None:
        st.session_state.source = st.session_state.source_menu, page

    st.segmented_control("Picture", sources, required=True, key="source_menu", on_change=keep, width="stretch")
    if source == "Upload":
        st.file_uploader(
            "Your own picture", TYPES, key="upload", on_change=_take, args=("upload",), help="It stays on this server."
        )
    elif source == "Camera":
        st.camera_input("Take a picture", key="camera", on_change=_take, args=("camera",), resolution="720p")
    elif source == DRAW:
        draw_pad(_draw)
    else:
        gallery(choices.gallery(), st.session_state.picture.sample, on_pick=_pick)


def _pick(sample: str) -> None:
    if isinstance(sample, str) and sample in choices.SAMPLES:
        st.session_state.input_error = None
        choices.set_picture(choices.sample_picture(sample))


def _take(widget: str) -> None:
    """Read what the person brought. If it cannot be shown, say why and keep the picture in use."""
    file = st.session_state[widget]
    if not isinstance(file, UploadedFile):  # taken back, or no longer there: the picture stays until another is chosen
        return
    try:
        choices.set_picture(choices.own_picture(file.getvalue(), "camera picture" if widget == "camera" else file.name))
        st.session_state.input_error = None
    except PictureError as error:
        st.session_state.input_error = str(error)


def _draw(png: bytes) -> None:
    """Make the drawn digit the picture, fitted and centred as the digits the model learnt from."""
    try:
        digit = like_mnist(open_image(png, "the drawing"))
    except PictureError as error:
        st.session_state.input_error = str(error)
        return
    if digit is not None:
        st.session_state.input_error = None
        choices.set_picture(choices.drawn_picture(digit))
