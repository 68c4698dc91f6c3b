"""Try it: what the head says of the picture in use, or of what the camera sees, and whether it is like any it knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from torch import Tensor

from ui.parts.teach import collected
from ui.parts.teach.fitted import Fitted
from ui.server.model_thread import WHOLE_PAGE, on_model_thread
from ui.server.models import get_model
from ui.server.shared import model_result
from ui.server.traces import get_trace
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.widgets.camera import camera
from ui.widgets.markdown import escape
from ui.widgets.thumbnails import thumbnails
from vit import Trace, ViT
from vit.analysis.output import probabilities, top
from vit.figures.numbers import percent
from vit.figures.output import top_bars
from vit.teaching.evidence import Nearness, nearness
from vit.teaching.vectors import parts_of_trace

PICTURE, CAMERA = "The picture in use", "The camera, live"
MOST = 5  # classes that are shown


@dataclass(frozen=True)
class Asked:
    """A picture that the head was asked about: the ``vector`` it reads (d,), the classes' probabilities ``shares``
    (classes,), and how near it is to those learned from."""

    name: str
    thumbnail: bytes
    vector: Tensor
    shares: np.ndarray
    near: Nearness

    @property
    def answer(self) -> int:
        return int(self.shares.argmax())


@model_result(max_bytes=16e6)
def _parts(key: tuple[str, ...], _model: ViT, _trace: Trace) -> dict[str, Tensor]:
    """The parts of the picture in use after each block: (depth, 1, d) each."""
    return parts_of_trace(_model, _trace)


def picture_in_use(scene: Scene, fitted: Fitted) -> Asked:
    """The picture in use, put to the head."""
    backbone = fitted.head.backbone
    model, trace = get_model(backbone), get_trace(backbone, scene.picture)
    parts = _parts((backbone, scene.picture.key), model, trace)
    image = collected.thumbnail(model.preprocessing.to_image(trace.pixels))
    return _asked(scene.picture.name, image, fitted, fitted.read_of(model, parts))


def _asked(name: str, thumbnail: bytes, fitted: Fitted, vector: Tensor) -> Asked:
    logits = fitted.lesson.head(vector).numpy()  # (classes,)
    return Asked(name, thumbnail, vector, probabilities(logits, 1.0), nearness(fitted.vectors, vector))


def in_the_camera(fitted: Fitted) -> tuple[Asked | None, str]:
    """The camera's last frame, put to the head, and what is written over the camera's picture; None where there is no
    frame yet, or it cannot be read."""
    frame: bytes | None = st.session_state.get("teach_live")
    if frame is None:
        return None, ""
    backbone, labels = fitted.head.backbone, fitted.taught.labels
    try:
        image, parts = collected.look_at(backbone, frame, "the camera")
    except collected.REFUSED as error:
        return None, str(error)
    model = get_model(backbone)
    vector = on_model_thread(lambda: fitted.read_of(model, parts), WHOLE_PAGE)
    asked = _asked("what the camera sees", image, fitted, vector)
    if asked.near.unlike_all:
        return asked, "unlike all of them"
    return asked, f"{labels[asked.answer]} {percent(asked.shares.max())}"


def live() -> bool:
    """Whether the camera is asked, not the picture in use."""
    return bool(st.session_state.get("teach_ask") == CAMERA)


def try_it(asked: Asked | None, says: str, fitted: Fitted) -> None:
    """What is asked about, and the answer to it: to the picture in use, or to the camera's frames as they come."""
    st.subheader("3. Try it", anchor=False)
    st.segmented_control(
        "Ask about", (PICTURE, CAMERA), default=PICTURE, required=True, key="teach_ask", label_visibility="collapsed"
    )
    if live():
        count = st.session_state.get("teach_live_count", 0)
        camera("running", _keep_frame, key="teach_live_camera", answered=count, says=says)
    else:
        note("Choose, upload or photograph another picture in the bar at the side.")
    if asked is not None:
        show_answer(asked, fitted)


def _keep_frame(jpeg: bytes) -> None:
    st.session_state.teach_live = jpeg
    st.session_state.teach_live_count = st.session_state.get("teach_live_count", 0) + 1


def show_answer(asked: Asked, fitted: Fitted) -> None:
    """A sentence, bars, and the nearest picture."""
    labels, near = fitted.taught.labels, asked.near
    nearest = fitted.taught.examples[near.nearest]
    own = labels[int(fitted.taught.classes[near.nearest])]
    said = f"**{escape(labels[asked.answer])}**, {percent(asked.shares.max())}"
    if near.unlike_all:
        st.markdown(f"#### {escape(asked.name)}: unlike all of them")
        explain(f"A head must choose one of its classes, and says {said}. But nothing it learned from is close:")
    else:
        st.markdown(f"#### {escape(asked.name)}: {said}")
    best = top(asked.shares, min(MOST, len(labels)))
    bars = top_bars([labels[number] for number in best], asked.shares[best])
    st.plotly_chart(bars, key="teach_answer", alt="The classes and their probabilities")
    pair = ((asked.thumbnail, asked.name), (nearest.thumbnail, f"nearest: {nearest.name} ({own})"))
    thumbnails([(picture, words, words) for picture, words in pair], 72, kind="webp")
    note(
        f"Distance of the two vectors: {near.distance:.1f}. Of your own pictures nine in ten have another one within "
        f"{near.usual:.1f}; what is further away is called unlike all of them."
    )
