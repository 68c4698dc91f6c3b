"""Choose the picture: the sample gallery, an upload, the camera, or a digit drawn by hand.

Bad files are answered in a sentence.
"""

from __future__ import annotations

import streamlit as st

from ui.server.waiting import ServerBusyError
from ui.session.keys import chosen
from ui.session.samples import drawn_picture, gallery, own_picture, sample_picture
from ui.widgets.draw_pad import draw_pad
from ui.widgets.gallery import gallery as show_gallery
from vit.pictures.digits import like_mnist
from vit.pictures.kinds import ENDINGS
from vit.pictures.open import MAX_MEGABYTES, PictureError, open_image

SOURCES = ("Samples", "Upload", "Camera")
DRAW = "Draw"


def choose_picture(page: str) -> None:
    """The sidebar's picture menu on ``page``; a choice becomes the session's picture before the page runs again."""
    sources = (*SOURCES, DRAW) if chosen.digits else SOURCES
    source, source_page = st.session_state.get("source", (sources[0], page))
    if source not in sources or (source == "Camera" and source_page != page):  # it would go on by itself on every page
        source = sources[0]
    st.session_state.source_menu = source

    def keep() -> None:
        st.session_state.source = st.session_state.source_menu, page

    st.segmented_control("Picture", sources, required=True, key="source_menu", on_change=keep, width="stretch")
    if source == "Upload":
        st.file_uploader(
            "Your own picture",
            ENDINGS,
            key="upload",
            on_change=_take,
            args=("upload",),
            max_upload_size=MAX_MEGABYTES,
            help="It stays on this server.",
        )
    elif source == "Camera":
        st.camera_input("Take a picture", key="camera", on_change=_take, args=("camera",), resolution="720p")
    elif source == DRAW:
        draw_pad(_draw)
    else:
        sample = chosen.picture.sample
        show_gallery(gallery(), [sample] if sample else [], on_pick=_pick)


def _pick(sample: str) -> None:
    chosen.input_error = None
    chosen.picture = sample_picture(sample)


def _take(widget: str) -> None:
    """Read what the person brought. If it cannot be shown, say why and keep the picture in use."""
    file = st.session_state[widget]
    if not hasattr(file, "getvalue"):  # taken back, or no longer there: the picture stays until another is chosen
        return
    try:
        chosen.picture = own_picture(file.getvalue(), "camera picture" if widget == "camera" else file.name)
        chosen.input_error = None
    except (PictureError, ServerBusyError) as error:
        chosen.input_error = str(error)


def _draw(png: bytes) -> None:
    """Make the drawn digit the picture, fitted and centred as the digits the model learnt from."""
    try:
        digit = like_mnist(open_image(png, "the drawing"))
    except PictureError as error:
        chosen.input_error = str(error)
        return
    if digit is not None:
        chosen.input_error = None
        chosen.picture = drawn_picture(digit)
