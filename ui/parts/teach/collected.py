"""The classes and pictures that are being collected, and every step that changes them: refused in a sentence, or done.

They lie in the session, as vectors and thumbnails; no picture is kept. Imports torch.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from PIL import Image, ImageOps

from ui.server import taught_heads
from ui.server.model_thread import on_model_thread
from ui.server.models import get_model
from ui.server.shared import shared_result
from ui.server.unpacking import UNPACKING, Source
from ui.server.waiting import ServerBusyError
from ui.session.keys import chosen
from ui.session.samples import SAMPLES
from ui.session.scene import Scene
from vit.checkpoints.files import CheckpointError
from vit.data.dataset import DataError
from vit.figures.webp import webp
from vit.pictures.open import PictureError
from vit.teaching.picture_classes import Example, PictureClasses, TeachingError
from vit.teaching.vectors import digest, parts_after_blocks

THUMBNAIL = 72  # pixels a side
NOTES = 12  # sentences that are kept
REFUSED = TeachingError, PictureError, ServerBusyError, CheckpointError, DataError


def collected(scene: Scene) -> PictureClasses:
    """What there is; for a session that has no picture yet, to be taught to the model in use."""
    classes, backbone = chosen.picture_classes, taught_heads.backbone_of(scene.model_name)
    if classes is None or (not classes.n_pictures and classes.backbone != backbone):
        classes = PictureClasses(backbone, classes.classes if classes else ())
        chosen.picture_classes = classes
    return classes


def change(step: Callable[[PictureClasses], PictureClasses]) -> bool:
    """Do one step; if it is refused, say why and keep everything. Whether it was done."""
    assert chosen.picture_classes is not None, "the page has been shown"
    try:
        chosen.picture_classes = step(chosen.picture_classes)
    except REFUSED as error:
        note(str(error))
        return False
    return True


def note(sentence: str) -> None:
    """Keep a sentence to be shown on the page until the next step; the newest of too many."""
    st.session_state.teach_notes = [*notes(), sentence][-NOTES:]


def notes() -> list[str]:
    """What there is to say."""
    found: list[str] = st.session_state.get("teach_notes", [])
    return found


def chosen_class() -> int:
    """The number of the class that pictures are added to."""
    classes = chosen.picture_classes
    number = st.session_state.get("teach_class", 0)
    return max(0, min(number, len(classes.classes) - 1)) if classes else 0


def choose_class(number: int) -> None:
    st.session_state.teach_class = number


def read_example(backbone: str, source: Source, name: str) -> Example:
    """A picture's file as the model reads it; what it was read from is not kept. PictureError and ServerBusyError say
    why it cannot be read."""
    model = get_model(backbone)
    pixels = UNPACKING.read(source, name, False, model.preprocessing)
    parts = on_model_thread(lambda: parts_after_blocks(model, pixels))
    return Example(digest(pixels), name, thumbnail(model.preprocessing.to_image(pixels)), parts)


@shared_result(max_bytes=64e6)
def sample_example(backbone: str, sample: str) -> Example:
    """One of the sample pictures, read once for all."""
    path: Path = SAMPLES[sample]
    return read_example(backbone, path, sample.replace("_", " "))


def thumbnail(image: Image.Image) -> bytes:
    """A picture in a few kilobytes."""
    return webp(ImageOps.fit(image.convert("RGB"), (THUMBNAIL, THUMBNAIL)), quality=80)
