"""What a run's status says while its process works, ends or is gone."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.support.runs import tiny
from vit.training import config_file
from vit.training.process import one_run
from vit.training.run import listing, lock
from vit.training.run.files import RunError
from vit.training.run.status import Status, read_status


def test_a_status_edited_by_hand_is_no_status(tmp_path: Path) -> None:
    for text in ("", "[]", "{", '{"state": "running", "step": []}'):
        (tmp_path / "status.json").write_text(text)
        found = read_status(tmp_path)
        assert found is None or isinstance(found, Status)
    assert read_status(tmp_path / "nothing") is None


def test_a_run_whose_process_is_gone_is_interrupted(tmp_path: Path) -> None:
    folder = tmp_path / "day" / "run"
    folder.mkdir(parents=True)
    held = lock.acquire(folder)
    Status(state="running", started=1.0).write(folder)
    assert read_status(folder).state == "running"
    with pytest.raises(RunError, match="is at work"):
        listing.delete(listing.open_run(folder))
    held.release()
    assert read_status(folder).state == "interrupted"
    config_file.write(tiny(), folder)
    with pytest.raises(RunError, match="had not come to its first checkpoint"):
        one_run.resume(folder)


def test_a_run_that_ends_while_somebody_looks_is_not_interrupted(tmp_path: Path) -> None:
    folders = [tmp_path / str(i) for i in range(200)]
    begun = [threading.Event() for _ in folders]

    def run_all() -> None:
        for folder, event in zip(folders, begun, strict=True):
            folder.mkdir()
            held = lock.acquire(folder)
            Status(state="queued").write(folder)
            event.set()
            Status(state="stopped", message="Stopped before it began.").write(folder)
            held.release()

    runs = threading.Thread(target=run_all)
    runs.start()
    for folder, event in zip(folders, begun, strict=True):
        assert event.wait(60)
        while (status := read_status(folder)).active:
            pass
        assert status.message == "Stopped before it began."
    runs.join()
