"""The disk is full: one clear sentence, nothing lost, nothing left half written; with room again all goes on.

A limit on the size of a file makes every larger write fail with the system's own error, in Python and beneath it.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.support.sessions import healthy, opened, upload, words
from ui.parts.teach import head_file
from ui.parts.train import uploads
from ui.server import shared_files, taught_heads
from ui.session import brought_models, run_list
from vit.checkpoints.taught_head import TaughtHead
from vit.training.run.files import RunError

resource = pytest.importorskip("resource", reason="the limit is one of Unix")
ROOM = 100  # bytes that a file may have


@contextmanager
def full_disk() -> Iterator[None]:
    """Python keeps what it compiles without looking whether all of it was written: meanwhile it compiles for itself."""
    before, kept = resource.getrlimit(resource.RLIMIT_FSIZE), sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        sys.dont_write_bytecode = kept


def picture() -> bytes:
    """One that nobody has looked at before."""
    buffer = BytesIO()
    Image.fromarray(np.random.default_rng().integers(0, 255, (28, 28), dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def head() -> TaughtHead:
    return TaughtHead("mnist-vit", 3, "mean", ("mug", "pen"), torch.randn(2, 96), torch.zeros(2))


@pytest.mark.parametrize("page", ["overview", "attention"])
def test_a_page_says_what_it_cannot_show_and_shows_it_later(
    page: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shared_files, "FOLDER", tmp_path)
    with full_disk():
        at = upload(opened(page, model="mnist-vit"), "digit.png", picture())
        assert any("cannot be written to static/cache (File too large)" in error.value for error in at.error)
        assert list(tmp_path.iterdir()) == []
    healthy(at.run())
    assert not at.error
    assert list(tmp_path.iterdir())


def test_pictures_brought_in_an_archive_are_refused_and_the_others_stay() -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as opened_archive:
        opened_archive.writestr("new/1.png", picture())
    at = opened("teach", model="mnist-vit")
    healthy(at.text_input(key="teach_new_class").set_value("old").run())
    at.segmented_control(key="teach_source_menu").set_value("Upload").run()

    def uploader():
        return next(one for one in at.file_uploader if one.key.startswith("teach_files"))

    healthy(uploader().upload("one.png", picture()).run())
    with full_disk():
        healthy(uploader().upload("set.zip", archive.getvalue()).run())
    assert "set.zip cannot be unpacked on this server: File too large." in words(at)
    assert [(one.name, len(one.examples)) for one in at.session_state.picture_classes.classes] == [("old", 1)]
    healthy(uploader().upload("set.zip", archive.getvalue()).run())
    assert len(at.session_state.picture_classes.classes) == 2


def test_a_head_is_saved_all_the_same_and_shared_when_there_is_room(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(taught_heads, "FOLDER", tmp_path)
    with full_disk():
        data = head_file.packed(head())
        with pytest.raises(OSError, match="File too large"):
            taught_heads.share(head())
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(head_file.CheckpointError, match=r"head\.zip cannot be unpacked on this server: File too"):
            head_file.unpacked(data, "head.zip")
    assert head_file.unpacked(data, "head.zip").labels == ("mug", "pen")
    assert taught_heads.shared(taught_heads.share(head())).labels == ("mug", "pen")


def test_a_checkpoint_that_is_brought_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    class File(BytesIO):
        name = "model.safetensors"

    with full_disk(), pytest.raises(OSError, match="File too large"):
        brought_models.keep([File(bytes(1000))])
    assert list(tmp_path.iterdir()) == []


def test_no_archive_to_train_on_is_half_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run_list, "ROOT", tmp_path)
    with full_disk(), pytest.raises(RunError, match="The disk is full"):
        uploads.keep(bytes(1000), "pictures.zip")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
