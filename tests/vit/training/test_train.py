"""One run from beginning to end, what its folder holds, and what can go wrong while it learns."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from tests.support.fresh_python import said
from tests.support.models import random_model
from tests.support.places import ROOT
from tests.support.runs import losses, tiny
from vit import ViTConfig, load_pretrained
from vit.training import config_file
from vit.training.learn import checkpoints, evaluation, optimise
from vit.training.process import one_run
from vit.training.run import folder as run_folder
from vit.training.run import lock, metrics
from vit.training.run.files import RunError
from vit.training.run.status import read_status


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

    def left(best: int, most: int) -> list[int]:
        checkpoints.thin(tmp_path, best, most)
        return [checkpoint.step for checkpoint in checkpoints.series(tmp_path)]

    assert left(best=24, most=450) == [0, 8, 16, 24]
    assert left(best=8, most=1) == [0, 8, 24], "the best is a name that others may hold"
    assert left(best=24, most=1) == [0, 24]


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
        "sys.dont_write_bytecode = True  # it would keep half of what it compiles\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))\n"
        "try: one_run.train(tiny(), Path(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    answer = said(code, folder)
    assert answer.startswith("RunError The disk is full")
    assert str(folder) in answer
    assert read_status(folder).state == "failed"
    assert not list(folder.rglob("*.tmp"))


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
