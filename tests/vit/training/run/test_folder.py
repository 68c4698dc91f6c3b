"""A run as a folder: found, renamed, packed, deleted, edited by hand."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from vit.training.learn import evaluation
from vit.training.process import one_run
from vit.training.run import listing, metrics
from vit.training.run.files import RunError, replace_file
from vit.training.run.status import Status


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def half(file: Path) -> None:
        file.write_text("ne")
        raise OSError(28, "No space left on device")

    with pytest.raises(RunError, match="The disk is full"):
        replace_file(path, half)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("config.yaml", "training: {lr: fast}"),
        ("config.yaml", "training: [1"),
        ("config.yaml", "model: {width: 7}"),
        ("config.yaml", "- a"),
        ("state.safetensors", "garbage"),
        ("metrics.csv", "a,b\n1,2\n"),
        ("metrics.csv", ",".join(metrics.COLUMNS) + "\n1,x,,,,,,,\n"),
        ("metrics.csv", ",".join(metrics.COLUMNS) + "\n1,2\n"),
    ],
)
def test_a_run_folder_edited_by_hand_is_named(finished: Path, tmp_path: Path, file: str, text: str) -> None:
    copy = tmp_path / "copy.zip"
    listing.pack(listing.open_run(finished), copy)
    folder = tmp_path / "day" / "run"
    with zipfile.ZipFile(copy) as archive:
        archive.extractall(folder)
    (folder / file).write_text(text)
    with pytest.raises(RunError, match=file):
        one_run.resume(folder, ["training.epochs=1"])


def test_a_judgement_that_was_cut_or_edited_is_told_in_a_sentence(finished: Path, tmp_path: Path) -> None:
    whole = (finished / evaluation.FILE).read_bytes()
    file = tmp_path / evaluation.FILE
    for end in (0, 1, 4, 30, 200, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        file.write_bytes(whole[:end])
        with pytest.raises(RunError, match=evaluation.FILE):
            evaluation.read(tmp_path)
    with np.load(finished / evaluation.FILE) as arrays:
        good = dict(arrays)
    wrong = {
        "labels": good["labels"][:-1],
        "predicted": -good["predicted"] - 1,
        "probability": good["probability"][None],
        "mistakes": good["mistakes"] + 10**6,
        "pictures": good["pictures"].astype(float),
        "loss": np.zeros(3),
        "more": np.zeros(1),
    }
    for name, array in wrong.items():
        np.savez(file, **{**good, name: array})
        with pytest.raises(RunError, match=evaluation.FILE):
            evaluation.read(tmp_path)
    np.savez(file, **good)
    assert evaluation.read(tmp_path).accuracy == evaluation.read(finished).accuracy


def test_runs_are_found_renamed_packed_and_deleted(finished: Path, tmp_path: Path) -> None:
    for name in ("2025-01-01/10-00-00", "2025-01-02/10-00-00-sweep/0"):
        (tmp_path / name).mkdir(parents=True)
        Status(state="finished", started=float(len(name)), best_accuracy=0.5).write(tmp_path / name)
    (tmp_path / "2025-01-01" / "rubbish").mkdir()
    (tmp_path / "2025-01-01" / "rubbish" / "status.json").write_text("{")
    found = listing.find_runs(tmp_path)
    assert [one.name for one in found] == ["2025-01-02/10-00-00-sweep/0", "2025-01-01/10-00-00"]
    listing.rename(found[0], "  my\nfirst <run> ")
    assert listing.find_runs(tmp_path)[0].title == "my first <run>"
    assert listing.best_accuracy(found[1]) == 0.5
    with pytest.raises(RunError, match="no run with a model"):
        listing.open_run("latest", tmp_path)
    assert listing.open_run("latest", finished.parent.parent).model == finished / "checkpoints" / "best"
    listing.delete(found[1])
    assert [one.name for one in listing.find_runs(tmp_path)] == ["2025-01-02/10-00-00-sweep/0"]
    with pytest.raises(RunError, match="is no run"):
        listing.delete(listing.Run(tmp_path, "x", Status()))


def test_a_run_is_packed_whole_or_without_what_can_be_done_without(finished: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(finished, tmp_path / "day" / "run"))
    os.utime(copy / "config.yaml", (0, 0))  # 1970, before what a zip can say
    (copy / ".half.tmp").write_text("being written")
    one, target = listing.open_run(copy), tmp_path / "packed.zip"

    def names(most: int) -> set[str]:
        listing.pack(one, target, most)
        with zipfile.ZipFile(target) as archive:
            assert archive.testzip() is None
            return set(archive.namelist())

    every = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    assert names(10**9) == every - {".half.tmp", "run.lock"}
    series = {name for name in every if name.startswith("checkpoints/step-")}
    assert series
    size = sum(path.stat().st_size for path in listing.contents(one, 10**9)[0])
    assert names(size - 1) == every - {".half.tmp", "run.lock"} - series
    few = names(size - sum((copy / name).stat().st_size for name in series) - 1)
    assert "state.safetensors" not in few
    assert {"config.yaml", "metrics.csv", "checkpoints/best/model.safetensors"} <= few
    assert listing.contents(one, size - 1)[1] == ["the series of checkpoints"]
    with pytest.raises(RunError, match="too large to be packed"):
        listing.pack(one, target, 1000)
