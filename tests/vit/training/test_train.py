"""One run from beginning to end, what its folder holds, and everything that can go wrong with it."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from tests.support.models import random_model
from tests.support.pictures import classes, zipped
from tests.support.places import ROOT
from tests.support.runs import losses, tiny
from vit import ViTConfig, load_pretrained
from vit.checkpoints.loading import save_pretrained
from vit.paths import CONFIGS
from vit.training import config_file
from vit.training.learn import checkpoints, evaluation, optimise
from vit.training.learn.engine import evaluation_points
from vit.training.limits import SettingsError
from vit.training.process import one_run
from vit.training.run import folder as run_folder
from vit.training.run import listing, lock, metrics
from vit.training.run.files import RunError, replace_file
from vit.training.run.status import Status, read_status
from vit.training.settings import Settings


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole small run."""
    folder = tmp_path_factory.mktemp("runs") / "2025-01-01" / "12-00-00"
    assert one_run.train(tiny(), folder).state == "finished"
    return folder


def test_a_run_learns(finished: Path) -> None:
    found = list(losses(finished).values())
    assert len(found) == 70
    assert np.mean(found[-10:]) < np.mean(found[:10]) - 0.2


def test_a_run_is_a_folder_with_everything_in_it(finished: Path) -> None:
    names = {path.relative_to(finished).as_posix() for path in finished.rglob("*") if path.is_file()}
    assert names >= {
        "config.yaml", "metrics.csv", "status.json", "classes.json", "environment.json", "held_out.npz", "probe.npz",
        "state.safetensors", "figures/curves.png", "figures/confusion.png",
        "checkpoints/best/model.safetensors", "checkpoints/last/config.json",
        "checkpoints/step-00000000/preprocessor_config.json", "checkpoints/step-00000070/model.safetensors",
    }  # fmt: skip
    assert any(name.startswith("tensorboard/events") for name in names)
    assert not [name for name in names if ".tmp" in name]
    with Image.open(finished / "figures" / "curves.png") as image:
        assert image.width > 600
    assert config_file.read(finished) == tiny()
    environment = json.loads((finished / "environment.json").read_text())
    assert environment["packages"]["torch"] == torch.__version__.partition("+")[0]
    if (ROOT / ".git").exists() and shutil.which("git"):
        assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", environment["git"])
    status = read_status(finished)
    assert (status.state, status.step, status.progress) == ("finished", 70, 1.0)


def test_metrics_have_a_row_a_step_and_a_row_an_evaluation(finished: Path) -> None:
    rows = metrics.read_metrics(finished)
    assert [row["step"] for row in rows if row["loss"] is not None] == list(range(1, 71))
    judged = [row for row in rows if row["held_out_accuracy"] is not None]
    assert [checkpoint.step for checkpoint in checkpoints.series(finished)] == [row["step"] for row in judged]
    assert judged[-1]["step"] == 70
    best = max(row["held_out_accuracy"] for row in judged)
    assert read_status(finished).best_accuracy == best


def test_checkpoints_load_like_any_other_model_and_say_what_was_measured(finished: Path) -> None:
    judgement = evaluation.read(finished)
    model = load_pretrained(finished / "checkpoints" / "last")
    pictures, labels = run_folder.probes(finished)
    assert labels.tolist() == list(range(10))
    assert model.config.labels == tuple("0123456789")
    trace = model.trace(model.preprocess(Image.fromarray(pictures[3, 0])))
    assert trace.logits.shape == (1, 10)
    first = next(i for i, label in enumerate(judgement.labels) if label == 3)
    assert trace.logits.argmax() == judgement.predicted[first]
    assert trace.logits.softmax(-1).max() == pytest.approx(judgement.probability[first], abs=1e-5)
    confusion = judgement.confusion(10)
    assert confusion.sum() == 1000
    assert np.trace(confusion) / 1000 == pytest.approx(judgement.accuracy)
    assert (judgement.labels[judgement.mistakes] != judgement.predicted[judgement.mistakes]).all()


def test_the_first_checkpoint_is_the_seed_and_nothing_else(finished: Path, tmp_path: Path) -> None:
    """*Reset* keeps the same initial weights: another run of the same seed begins with the same bytes."""
    other = tmp_path / "day" / "run"
    one_run.train(tiny(epochs=0.01, lr=0.5), other)
    begin = "checkpoints/step-00000000/model.safetensors"
    assert (finished / begin).read_bytes() == (other / begin).read_bytes()
    third = tmp_path / "day" / "third"
    one_run.train(tiny(epochs=0.01, seed=1), third)
    assert (finished / begin).read_bytes() != (third / begin).read_bytes()


def test_the_average_of_the_weights_is_what_is_judged_and_saved(finished: Path) -> None:
    state = load_file(finished / "state.safetensors")
    saved = load_file(finished / "checkpoints" / "last" / "model.safetensors")
    assert torch.equal(saved["head.weight"], state["averaged.head.weight"])
    assert not torch.equal(saved["head.weight"], state["weights.head.weight"])


def test_equal_checkpoints_lie_on_the_disk_once_and_each_goes_its_own_way(tmp_path: Path) -> None:
    model = random_model(
        ViTConfig(image_size=(8, 8), patch_size=4, width=8, depth=1, heads=1, mlp_width=8, n_classes=2)
    )
    checkpoints.save_model(model, tmp_path, "step-00000001", "last", "best")
    last, best = (tmp_path / "checkpoints" / name / "model.safetensors" for name in ("last", "best"))
    assert last.samefile(best)
    before = best.read_bytes()
    model.head.bias += 1
    checkpoints.save_model(model, tmp_path, "last")
    assert best.read_bytes() == before
    assert torch.equal(load_pretrained(last.parent).head.bias, model.head.bias)


def test_a_series_that_grows_too_large_is_thinned_evenly(tmp_path: Path) -> None:
    for step in (0, 1, 2, 4, 8, 16, 24):
        folder = tmp_path / "checkpoints" / checkpoints.step_name(step)
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
        (folder / "model.safetensors").write_bytes(bytes(100))
    checkpoints.thin(tmp_path, most=450)
    assert [checkpoint.step for checkpoint in checkpoints.series(tmp_path)] == [0, 8, 16, 24]
    checkpoints.thin(tmp_path, most=1)
    assert [checkpoint.step for checkpoint in checkpoints.series(tmp_path)] == [0, 24]


def test_a_second_process_on_a_run_is_refused(finished: Path) -> None:
    held = lock.acquire(finished)
    with pytest.raises(RunError, match="Another process is at work"):
        one_run.train(tiny(), finished)
    held.release()


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_checkpoint(tmp_path: Path) -> None:
    folder = tmp_path / "day" / "run"
    with pytest.raises(RunError, match=r"stopped being a number at step \d+ .*lower training.lr.*training.clip=1"):
        one_run.train(tiny(lr=1e6, weight_decay=10.0, clip=0.0, schedule="constant", precision="fp32"), folder)
    status = read_status(folder)
    assert status.state == "failed"
    assert "stopped being a number" in status.message
    weights = load_file(folder / "checkpoints" / "last" / "model.safetensors")
    assert all(tensor.isfinite().all() for tensor in weights.values())


@pytest.mark.slow
def test_a_full_disk_is_said_in_one_sentence(tmp_path: Path) -> None:
    """A limit on the size of a file meets the same code as a full disk; it can only be set in another process."""
    folder = tmp_path / "day" / "run"
    code = (
        "import resource, sys; from pathlib import Path; from tests.support.runs import tiny\n"
        "from vit.training.process import one_run\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))\n"
        "try: one_run.train(tiny(), Path(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("RunError The disk is full")
    assert str(folder) in done.stdout
    assert read_status(folder).state == "failed"
    assert not list(folder.rglob("*.tmp"))


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


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"model": {"width": 30, "heads": 4}}, "model.width=30"),
        ({"model": {"depth": 0}}, "model.depth=0"),
        ({"model": {"position": "sine"}}, "model.position=sine"),
        ({"model": {"width": 6, "heads": 3, "position": "rotary"}}, "model.position=rotary"),
        ({"model": {"pooling": "max"}}, "model.pooling=max"),
        ({"data": {"name": "imagenet"}}, "data.name=imagenet"),
        ({"data": {"name": "folder"}}, "data.path"),
        ({"training": {"lr": -1}}, "training.lr=-1"),
        ({"training": {"lr": math.nan}}, "training.lr=nan"),
        ({"training": {"optimiser": "sgd"}}, "training.optimiser=sgd"),
        ({"training": {"epochs": 0}}, "never end"),
        ({"training": {"backbone": "frozen"}}, "model.start"),
        ({"training": {"batch": 0}}, "training.batch=0"),
        ({"training": {"lrr": 1}}, "lrr.*Did you mean training.lr"),
        ({"training": {"lr": "fast"}}, "training.lr"),
        ({"modle": {}}, "modle"),
    ],
)
def test_wrong_settings_are_refused_by_name(change: dict, names: str) -> None:
    with pytest.raises(SettingsError, match=names):
        config_file.to_settings(change)


def test_a_patch_that_does_not_fit_the_pictures_is_refused(tmp_path: Path) -> None:
    settings = tiny()
    settings.model.patch_size = 5
    with pytest.raises(SettingsError, match=r"model.patch_size=5 .* 28×28"):
        one_run.train(settings, tmp_path / "day" / "run")


def test_presets_compose_and_can_be_trained_with() -> None:
    presets = sorted(path.stem for path in (CONFIGS / "preset").glob("*.yaml"))
    assert {"seed-mnist", "mnist-live", "mnist-vit", "folder", "fine-tune", "probe"} <= set(presets)
    for preset in presets:
        settings = config_file.compose([f"preset={preset}", "data.path=somewhere"])
        assert isinstance(settings, Settings)
    seed = config_file.compose(["preset=seed-mnist"])
    assert (seed.model.patch_size, seed.model.width, seed.model.heads, seed.model.depth) == (4, 8, 2, 2)
    assert (seed.training.optimiser, seed.training.lr, seed.training.epochs) == ("adam", 0.005, 5)


def test_changes_to_the_pictures_settle_at_the_end(finished: Path, tmp_path: Path) -> None:
    settings = tiny(settle=0.4).training
    amounts = [optimise.amount(share / 100, settings) for share in range(101)]
    assert amounts[:60] == [1.0] * 60
    assert amounts[-1] == pytest.approx(0.3)
    assert amounts == sorted(amounts, reverse=True)
    assert optimise.amount(1.0, tiny().training) == 1.0
    one_run.train(tiny(settle=1.0), tmp_path / "day" / "run")
    changed, settled = losses(finished), losses(tmp_path / "day" / "run")
    assert changed[1] == settled[1]
    assert changed[30] != settled[30], "it was shown pictures that were changed less"


def test_the_schedule_warms_up_and_comes_down() -> None:
    settings = tiny(warmup=0.1).training
    rates = [optimise.schedule(share / 100, settings) for share in range(101)]
    assert rates[5] == pytest.approx(0.5)
    assert rates[10] == pytest.approx(1.0)
    assert rates[55] == pytest.approx(0.5)
    assert rates[100] == pytest.approx(0.0)
    assert optimise.schedule(0.9, tiny(schedule="constant").training) == 1.0


def test_evaluations_are_spread_over_the_run() -> None:
    assert evaluation_points(4, 0.0) == [0.0, 1 / 64, 1 / 16, 0.25, 0.5, 0.75, 1.0]
    assert evaluation_points(4, 0.5) == [0.75, 1.0]


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model without a head, for colour pictures of 16 × 24, with learned positions."""
    folder = tmp_path_factory.mktemp("backbone")
    config = ViTConfig(image_size=(16, 24), patch_size=8, width=16, depth=2, heads=2, mlp_width=32)
    save_pretrained(random_model(config), folder)
    return folder


@pytest.mark.parametrize("kind", ["thawed", "frozen", "probe"])
def test_going_on_from_a_trained_model(backbone: Path, tmp_path: Path, kind: str) -> None:
    settings = config_file.to_settings(
        {
            "model": {"start": str(backbone), "pooling": "cls+mean"},
            "data": {"name": "folder", "path": str(zipped(tmp_path / "set.zip", classes(12))), "image_size": 32},
            "training": {
                "backbone": kind,
                "epochs": 8,
                "batch": 4,
                "lr": 0.01,
                "checkpoints": 2,
                "backbone_rate": 0.01,
            },
        }
    )
    folder = tmp_path / "day" / kind
    assert one_run.train(settings, folder).best_accuracy == 1.0  # red and blue
    begin, model = load_pretrained(backbone), load_pretrained(folder / "checkpoints" / "last")
    assert model.config.labels == ("blue", "red")
    assert model.head.in_features == 32
    assert model.config.image_size == (32, 32)
    assert model.position.shape == (17, 16)  # resampled from 2 × 3 to 4 × 4 patches, and CLS
    moved = [not torch.equal(p, dict(begin.named_parameters())[n]) for n, p in model.blocks.named_parameters("blocks")]
    assert all(moved) if kind == "thawed" else not any(moved)
    assert (model.head.weight != 0).any()


def test_grey_pictures_are_shown_to_a_model_for_colour(backbone: Path, tmp_path: Path) -> None:
    settings = tiny(epochs=0.05)
    settings.model.start, settings.data.image_size, settings.training.backbone = str(backbone), 16, "probe"
    one_run.train(settings, tmp_path / "day" / "run")
    assert load_pretrained(tmp_path / "day" / "run" / "checkpoints" / "best").config.channels == 3


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
