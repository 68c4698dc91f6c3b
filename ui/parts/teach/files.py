"""Files that somebody brings for their classes: pictures for the chosen one, archives with a folder for each class."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.parts.teach import collected
from ui.widgets.uploads import let_go
from vit.data.dataset import DataError
from vit.data.folders import is_noise, picture_bytes, places
from vit.data.members import ARCHIVES, Member, members
from vit.pictures.kinds import ENDINGS, called_a_picture
from vit.pictures.open import MAX_MEGABYTES
from vit.teaching.picture_classes import MOST_PICTURES, PictureClasses


def upload(having: PictureClasses, number: int) -> None:
    """The place to bring files; while they are read it says how far it is, and can be stopped."""
    turn = st.session_state.get("teach_upload", 0)
    brought = st.file_uploader(
        "Pictures, many at once, or a zip or tar with a folder for each class",
        [*ENDINGS, *ARCHIVES] if having.classes else [*ARCHIVES],
        accept_multiple_files=True,
        max_upload_size=MAX_MEGABYTES,
        key=f"teach_files_{turn}",
    )
    if not brought:
        return
    st.session_state.teach_notes = []
    file_ids = [file.file_id for file in brought]
    bar = st.progress(0.0, "Reading the pictures …")
    st.button("Stop reading", on_click=_done, args=(file_ids,))
    # A run may be cut short and begin again: a picture that is read is let go, and in an archive this far it was read.
    read: set[str] = st.session_state.setdefault("teach_read", set())
    for place, file in enumerate(brought):
        if file.name.lower().endswith(ARCHIVES):
            _read_archive(file.getvalue(), file.name, bar, read)
            let_go(file.file_id)
        elif having.classes:
            bar.progress(place / len(brought), f"{place} of {len(brought)} files read")
            _add(number, file.getvalue(), file.name)
            let_go(file.file_id)
    _done(file_ids)
    st.rerun()


def _done(file_ids: Sequence[str]) -> None:
    """Let go of the files: what is kept of them is kept elsewhere."""
    for file_id in file_ids:
        let_go(file_id)
    st.session_state.teach_upload = st.session_state.get("teach_upload", 0) + 1
    st.session_state.teach_read = set()


def _add(number: int, data: bytes, name: str) -> None:
    mirrored = collected.mirrored()

    def step(having: PictureClasses) -> PictureClasses:
        example = collected.read_example(having.with_room().backbone, data, name, mirrored)
        return having.with_example(number, example)

    collected.change(step)


def _read_archive(data: bytes, name: str, bar: DeltaGenerator, read: set[str]) -> None:
    """Give each picture to the class of its folder, which is made where there is none, and those that lie in no folder
    to the chosen class. ``read``: what has been dealt with."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (re.sub(r"[^\w.-]+", "_", name)[-60:] or "pictures")
        try:
            path.write_bytes(data)
        except OSError as error:
            collected.note(f"{name} cannot be unpacked on this server: {error.strerror}.")
            return
        try:
            paths = [member.path for member in members(path) if not is_noise(member.path)]
            pictures = [where for where in paths if called_a_picture(where)]
            learned = {
                where: label for where, (label, trains) in zip(pictures, places(pictures), strict=True) if trains
            }
            if len(learned) < len(pictures):
                count = len(pictures) - len(learned)
                collected.note(f"{count} files of {path.name} lie in a folder for testing: they were left out.")
            for other in set(paths) - set(pictures):
                collected.note(f"{other.name} is not a picture.")
            most = min(len(learned), MOST_PICTURES)
            for member in members(path):
                if member.path in learned:
                    label, file = learned.pop(member.path), f"{name}/{member.path}"
                    if file not in read:
                        _add_member(member, label)
                        read.add(file)
                    done = most - min(len(learned), most)
                    bar.progress(done / most, f"{done} of {most} files of {path.name} read")
        except DataError as error:
            collected.note(str(error))


def _add_member(member: Member, label: str) -> None:
    """One file of an archive to the class called ``label``, or to the chosen one where that is empty."""
    name, mirrored = str(member.path), collected.mirrored()

    def step(having: PictureClasses) -> PictureClasses:
        number = having.with_room().number(label) if label else collected.chosen_class()
        if number is None:
            having = having.with_class(label)
            number = len(having.classes) - 1
        if not having.classes:
            raise DataError(f"{name} lies in no class's folder.")
        data = picture_bytes(member)
        return having.with_example(number, collected.read_example(having.backbone, data, name, mirrored))

    collected.change(step)
