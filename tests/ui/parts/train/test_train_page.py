"""Watching runs on the page Train: good ones, failed ones, and folders edited by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.support.runs import RUN, a_few_steps
from tests.support.sessions import healthy, labels, press, train_page, words
from ui.parts.train import checkpoint_views, commands
from ui.session import run_list, trained_models
from ui.shell import model_menu
from vit.training.run import listing
from vit.training.run.status import read_status
from vit.training.settings import Settings


@pytest.mark.parametrize(
    "link", ["../../etc/passwd", "2026-01-02/../../secrets", "", "2026-01-02/03-04-05/..", "<script>", "2026-01-02"]
)
def test_nonsense_in_a_link_opens_the_form(link, finished):
    at = train_page(run=link)
    assert "Train" in labels(at)
    assert not at.warning
    assert "run" not in at.query_params


def test_a_run_that_is_gone_is_told_in_a_sentence():
    at = train_page(run=RUN)
    assert "does not exist" in at.warning[0].value
    assert "run" not in train_page().query_params


def test_a_finished_run_shows_everything(finished):
    at = train_page(run=RUN)
    assert "has finished" in words(at)
    assert at.get("bidi_component"), "the film"
    charts = len(at.get("plotly_chart"))
    assert charts == 3, "loss, accuracy, confusion"
    assert {"Reset", "Train"} <= set(labels(at))
    assert not {"Pause", "Stop"} & set(labels(at))
    job = run_list.find(RUN)
    accuracy = next(metric.value for metric in at.metric if metric.label.startswith("held-out"))
    assert accuracy == f"{job.status.best_accuracy:.2%}"


def test_a_failed_run_says_why_in_its_one_sentence(finished):
    status = read_status(finished)
    status.state, status.message = "failed", "The loss stopped being a number at step 7: lower training.lr."
    status.write(finished)
    at = train_page(run=RUN)
    assert "The loss stopped being a number at step 7: lower training.lr." in words(at)
    assert "Go on" in labels(at)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("status.json", "{}}"),
        ("status.json", '{"state": "finished", "progress": "much", "step": 3}'),
        ("status.json", '{"state": "dancing"}'),
        ("metrics.csv", "one,two\n3,4\n"),
        ("metrics.csv", ""),
        ("config.yaml", "model: [1, 2"),
        ("classes.json", "[]"),
        ("classes.json", '{"classes": ["only one"], "skipped": 3, "n_skipped": "x"}'),
        ("probe.npz", "no arrays"),
        ("held_out.npz", "PK\x03\x04 cut short"),
        ("checkpoints/best/config.json", "{"),
        ("checkpoints/step-00000000/model.safetensors", "cut"),
        ("title.txt", "*bold* <script>alert(1)</script>"),
    ],
)
def test_a_folder_edited_by_hand_never_shows_a_traceback(finished, file, text):
    (finished / file).write_text(text)
    train_page(run=RUN)


def test_parts_of_a_run_may_be_missing(finished):
    for name in ("probe.npz", "held_out.npz", "metrics.csv", "classes.json", "checkpoints", "config.yaml"):
        path = finished / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        train_page(run=RUN)
    (finished / "status.json").unlink()
    assert "starting" in words(train_page(run=RUN)), "a folder this young may yet come to life"


def test_a_process_that_died_at_birth_leaves_its_last_words(root):
    folder = root / RUN
    folder.mkdir(parents=True)
    (folder / "output.log").write_text("Traceback …\nImportError: no room\n")
    assert "ImportError: no room" in words(train_page(run=RUN))


def test_looks_follow_the_series_and_are_computed_once(finished):
    job = run_list.find(RUN)
    images, truth = checkpoint_views.probe_pictures(job)
    assert images.shape == (10, 1, 28, 28)
    assert truth.tolist() == list(range(10))
    seen = checkpoint_views.looks(job, "probes", images)
    assert [step for step, _ in seen] == [checkpoint.step for checkpoint in checkpoint_views.checkpoints(job)]
    assert seen[0][0] == 0
    look = seen[-1][1]
    assert look.attention.shape == (10, 2, 2, 2, 2)
    assert np.allclose(look.probabilities.sum(-1), 1, atol=1e-5)
    assert look.likeness.shape == (2, 2, 2, 2)


def test_runs_are_in_the_model_menu_by_a_readable_name(finished):
    job = run_list.find(RUN)
    name = trained_models.best(job)
    assert f"step-{run_list.best_step(job):08}" in name
    assert model_menu.short(name) == f"2026-01-02/03-04-05, step {run_list.best_step(job)}"
    at = train_page(model=name)
    assert any("10 classes" in w or "2 × 2 patches" in w for w in [words(at)])
    assert at.session_state.model == name
    listing.rename(listing.Run(finished, job.name, job.status), "my *first* run")
    assert model_menu.short(name).startswith("my *first* run, step")


@pytest.mark.parametrize("wild", ["/checkpoints/../../x", "/checkpoints/step-0", "", "/checkpoints/best/../../.."])
def test_a_link_names_no_other_folder_of_a_run(finished, wild):
    name = trained_models.best(run_list.find(RUN))
    inside = name.rpartition("/checkpoints/")[0] + wild
    assert trained_models.parts(inside) is None
    assert train_page(model=inside).session_state.model != inside


def test_runs_are_compared_renamed_and_deleted(root: Path, finished: Path) -> None:
    shutil.copytree(finished, root / "2026-01-02" / "03-04-06")
    at = train_page()
    names = list(at.multiselect(key="marked_runs").options)
    assert names == ["2026-01-02/03-04-06", "2026-01-02/03-04-05"], "the newest first"
    healthy(at.multiselect(key="marked_runs").set_value(names).run())
    assert "Keep this name" not in labels(at)
    healthy(at.multiselect(key="marked_runs").set_value(names[:1]).run())
    at.text_input(key=f"title {names[0]}").set_value("mine | <b>bold</b>")
    press(at, "Keep this name")
    assert "mine | <b>bold</b>" in words(at), "the name is shown as it was typed"
    assert at.multiselect(key="marked_runs").options[0] == "mine | <b>bold</b>"
    listing.rename(listing.Run(finished, names[1], read_status(finished)), "mine | <b>bold</b>")
    healthy(at.run())
    assert at.multiselect(key="marked_runs").options == [f"mine | <b>bold</b> ({name})" for name in names]
    healthy(at.multiselect(key="marked_runs").set_value(names[:1]).run())
    press(at, "Delete this run")
    assert not (root / "2026-01-02" / "03-04-06").exists()
    assert at.multiselect(key="marked_runs").options == ["mine | <b>bold</b>"]
    assert "Delete this run" not in labels(at), "nothing is marked any more"


def test_reset_begins_with_the_same_settings(finished, monkeypatch):
    started: list[Settings] = []
    monkeypatch.setattr(commands, "start", lambda settings, base=(): started.append(settings) or "2026-01-02/03-04-06")
    assert commands.again(run_list.find(RUN)) == "2026-01-02/03-04-06"
    assert started[0] == a_few_steps()
