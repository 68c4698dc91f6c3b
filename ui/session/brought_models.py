"""Checkpoints that somebody brought through the browser: files of this session, gone when it ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Protocol

from ui.session.keys import chosen
from vit.checkpoints.said import plain

MOST = 2  # models of a session that are kept on the disk, the newest
_FOLDER = "brought model"


class File(Protocol):
    """What a browser has sent."""

    name: str

    def getbuffer(self) -> memoryview: ...


def keep(files: Sequence[File]) -> str:
    """Put the files of one model where it can be opened; its name, which is that of the file, or of a folder where
    there are several. OSError if they cannot be written."""
    place: TemporaryDirectory[str] = TemporaryDirectory(prefix="vit-explainer-")  # removed when nobody holds it
    folder = Path(place.name) / _FOLDER
    folder.mkdir()
    for file in files:
        (folder / _plain(file.name)).write_bytes(file.getbuffer())
    name = str(folder if len(files) > 1 else folder / _plain(files[0].name))
    chosen.brought = {**chosen.brought, name: place}
    return name


def let_go(*names: str) -> None:
    """Remove the files of these models, and the models from what this session can choose."""
    brought = dict(chosen.brought)
    for name in names:
        brought.pop(name).cleanup()
    chosen.brought = brought
    gone = [other for other in chosen.added if _FOLDER in Path(other).parts and plain(other) not in brought]
    chosen.added = [other for other in chosen.added if other not in gone]


def keep_newest() -> None:
    """Let all go but the ``MOST`` that came last: once the newest has proved to be one."""
    let_go(*list(chosen.brought)[:-MOST])


def _plain(name: str) -> str:
    """The last part of a file's name, in letters that no system minds."""
    return re.sub(r"[^\w.-]+", "_", PurePosixPath(name).name).lstrip(".")[-80:] or "model"
