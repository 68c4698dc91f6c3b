"""The classes and pictures that are being collected, and every step that changes them: refused in a sentence, or done.

They lie in the session: of each picture its vectors, a thumbnail and the square that the model saw. Imports torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import streamlit as st
from PIL import Image, ImageOps
from torch import Tensor

from ui.server import taught_heads
from ui.server.model_thread import WHOLE_PAGE, on_model_thread
from ui.server.models import get_model
from ui.server.shared import shared_result
from ui.server.unpacking import UNPACKING, Source
from ui.server.waiting import ServerBusyError
from ui.session.keys import chosen
from ui.session.samples import SAMPLES
from ui.session.scene import Scene
from vit import ViT
from vit.checkpoints.files import CheckpointError
from vit.data.dataset import DataError
from vit.figures.webp import webp
from vit.pictures.open import PictureError
from vit.teaching.picture_classes import Example, PictureClasses, TeachingError
from vit.teaching.seen import keep, look_again
from vit.teaching.vectors import digest, parts_after_blocks, with_mirrored

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


def complete(scene: Scene) -> PictureClasses:
    """The same, every picture read mirrored too where that is asked for."""
    having = collected(scene)
    if mirrored() and any(example.copies == 1 for one in having.classes for example in one.examples):
        having = chosen.picture_classes = read_again(having, having.backbone, True)
    return having


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
    others = [said for said in notes() if said != sentence]
    st.session_state.teach_notes = [*others, sentence][-NOTES:]


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


def mirrored() -> bool:
    """Whether each picture is to be learned from the other way round too."""
    return bool(st.session_state.get("teach_mirrored"))


def read_example(backbone: str, source: Source, name: str, mirrored: bool = False) -> Example:
    """A picture's file as the model reads it; of the file nothing is kept but what the model saw. PictureError and
    ServerBusyError say why it cannot be read."""
    model = get_model(backbone)
    pixels = UNPACKING.read(source, name, False, model.preprocessing)
    image = thumbnail(model.preprocessing.to_image(pixels))
    return Example(digest(pixels), name, image, keep(model, pixels), _parts(model, pixels, mirrored))


def look_at(backbone: str, source: Source, name: str) -> tuple[bytes, dict[str, Tensor]]:
    """A picture that is asked about and not collected: its thumbnail and its parts. Refused as :func:`read_example`."""
    model = get_model(backbone)
    pixels = UNPACKING.read(source, name, False, model.preprocessing)
    return thumbnail(model.preprocessing.to_image(pixels)), _parts(model, pixels, False)


def read_again(having: PictureClasses, backbone: str, mirrored: bool) -> PictureClasses:
    """All pictures read by a model, from what was kept of them; those that it has read so are left as they are. Says
    how far it is."""
    model, done = get_model(backbone), 0
    bar = st.progress(0.0, "Reading the pictures again …")

    def read(example: Example) -> Example:
        nonlocal done
        done += 1
        if having.backbone == backbone and example.copies >= (2 if mirrored else 1):
            return example
        bar.progress(done / having.n_pictures, f"{done} of {having.n_pictures} pictures read again")
        pixels = look_again(model, example.seen)
        return replace(example, key=digest(pixels), parts=_parts(model, pixels, mirrored))

    again = having.read_by(backbone, read)
    bar.empty()
    return again


def _parts(model: ViT, pixels: Tensor, mirrored: bool) -> dict[str, Tensor]:
    copies = with_mirrored(pixels) if mirrored else pixels
    return on_model_thread(lambda: parts_after_blocks(model, copies), WHOLE_PAGE)  # a pass, as a new page


@shared_result(max_bytes=64e6)
def sample_example(backbone: str, sample: str, mirrored: bool) -> Example:
    """One of the sample pictures, read once for all."""
    path: Path = SAMPLES[sample]
    return read_example(backbone, path, sample.replace("_", " "), mirrored)


def thumbnail(image: Image.Image) -> bytes:
    """A picture in a few kilobytes."""
    return webp(ImageOps.fit(image.convert("RGB"), (THUMBNAIL, THUMBNAIL)), quality=80)
