"""Checkpoints brought through the browser: opened for the session that brought them, and for nobody else."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from tests.support.bare_files import of_timm
from tests.support.models import saved_model
from tests.support.sessions import alone, healthy, press, words
from ui.session import brought_models
from ui.shell import model_menu


def weights(**changes: object) -> bytes:
    buffer = BytesIO()
    torch.save({"model": of_timm().state} | changes, buffer)
    return buffer.getvalue()


def dialog() -> AppTest:
    """The part of the dialog that takes files, for a session that begins."""

    def script() -> None:
        from ui.session import choices
        from ui.shell import model_menu

        choices.start()
        model_menu._bring_files()

    return healthy(AppTest.from_function(script, default_timeout=60).run())


def bring(at: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """The session after it has brought these files."""
    for name, data in files:
        at.file_uploader[0].upload(name, data)
    return press(healthy(at.run()), "Open what you brought")


def test_a_file_opens_for_this_session_alone() -> None:
    name = (at := bring(dialog(), ("../my dino.pth", weights()))).session_state.model
    assert Path(name).name == "my_dino.pth"
    assert Path(name).is_file()
    assert at.session_state.added == [name]
    other = alone("patches", model=name)
    assert other.session_state.model == "photos-10"


def test_several_files_are_a_folder(tmp_path: Path) -> None:
    saved_model(tmp_path)
    at = bring(dialog(), *((file.name, file.read_bytes()) for file in tmp_path.iterdir() if file.is_file()))
    assert Path(at.session_state.model).is_dir()
    assert model_menu.short(at.session_state.model) == "brought model"


def test_what_does_not_open_is_said_and_the_model_stays() -> None:
    at = bring(dialog(), ("notes.pth", b"no weights"))
    assert at.session_state.model == "photos-10"
    assert "The model in use stays." in words(at)


def test_what_does_not_open_costs_no_model_that_did() -> None:
    at = bring(dialog(), ("first.pth", weights()))
    first = at.session_state.model
    for _ in range(brought_models.MOST + 1):
        at.file_uploader[0].clear()
        bring(at, ("notes.pth", b"no weights"))
        assert "The model in use stays." in words(at)
    assert (at.session_state.model, at.session_state.added) == (first, [first])
    assert Path(first).is_file()
    assert list(at.session_state.brought) == [first]


def test_the_newest_are_kept() -> None:
    at = bring(dialog(), ("first.pth", weights()))
    first = at.session_state.model
    for number in range(brought_models.MOST):
        at.file_uploader[0].clear()
        bring(at, (f"{number}.pth", weights()))
    assert first not in at.session_state.added
    assert len(at.session_state.added) == brought_models.MOST
    assert not Path(first).exists()


def test_a_server_may_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "model_files" in {one.key for one in press(alone("patches"), "More models …").file_uploader}
    monkeypatch.setattr(model_menu, "UPLOAD_MB", 0)
    assert "model_files" not in {one.key for one in press(alone("patches"), "More models …").file_uploader}
