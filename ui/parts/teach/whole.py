"""The page from top to bottom: collect at the left, see what it has learned at the right, look closer below."""

from __future__ import annotations

import streamlit as st

from ui.parts.teach import answer, keeping, learned, mistakes
from ui.parts.teach.classes import classes
from ui.parts.teach.collected import collected, complete, mirrored
from ui.parts.teach.fitted import Fitted, fitted
from ui.parts.teach.numbers import numbers
from ui.parts.teach.patches import patches
from ui.parts.teach.pictures import pictures
from ui.parts.teach.reading import reading
from ui.server import taught_heads
from ui.session.scene import Scene
from ui.shell.refusals import fragment
from vit.teaching.picture_classes import PictureClasses


@fragment
def whole(scene: Scene) -> None:
    """Everything that changes when a picture comes or goes."""
    having = collected(scene)
    left, right = st.columns([2, 3], gap="large")
    with left:
        classes(having, taught_heads.backbone_of(scene.model_name))
        pictures(having)
    having = complete(scene)
    head = fitted(having, mirrored())
    with right:
        if head is None:
            learned.too_little(having)
            with st.expander("Open a head that was saved or shared"):
                keeping.open_one()
            return
        _what_it_learned(scene, having, head)
    mistakes.wrong(head)
    mistakes.helpful(head)
    patches(scene, head)
    more = st.expander("More: what the head reads, and how it is fitted", key="teach_more", on_change="rerun")
    if more.open:  # what nobody looks at is not drawn
        with more:
            reading(head)
    numbers(head)


@fragment
def _map_and_answer(scene: Scene, head: Fitted) -> None:
    """What changes with every frame of the camera: where it lies on the map, and what the head says of it."""
    asked, says = answer.in_the_camera(head) if answer.live() else (answer.picture_in_use(scene, head), "")
    learned.map_of_pictures(head, asked)
    answer.try_it(asked, says, head)


def _what_it_learned(scene: Scene, having: PictureClasses, head: Fitted) -> None:
    learned.sentence(having, head)
    _map_and_answer(scene, head)
    keeping.use_it(head)
    with st.expander("Save it, share it, open another"):
        keeping.keep_it(head)
        keeping.open_one()
