"""The Train page: without a run, with runs good, failed and edited by hand, and with a real process behind it."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.support.runs import RUN, a_few_steps
from tests.support.sessions import alone, healthy, labels, press, words
from ui.parts.train import checkpoint_views, commands, cost, uploads
from ui.session import run_list, trained_models
from ui.shell import model_menu
from vit.training.learn.cost import parameters
from vit.training.limits import SettingsError
from vit.training.run import listing
from vit.training.run.control import send
from vit.training.run.status import read_status
from vit.training.settings import Settings
from vit.training.shapes import fresh_config


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of a test's own; the first of them starts at once whatever else this machine is training."""
    monkeypatch.setattr(run_list, "ROOT", tmp_path)
    monkeypatch.setattr(commands, "SLOTS", 0)
    trained_models.offered.clear()
    return tmp_path


@pytest.fixture
def finished(root: Path, trained_once: Path) -> Path:
    """The run, where this test may damage it."""
    return Path(shutil.copytree(trained_once, root / RUN))


def opened(**link: str) -> AppTest:
    return alone("train", **link)


def test_without_a_run_the_form_says_what_it_will_cost():
    at = opened()
    costs = {metric.label: metric.value for metric in at.metric}
    settings = commands.base_settings(("preset=mnist-live",))
    assert costs["parameters to learn"] == f"{parameters(fresh_config(settings.model, (28, 28), 1, 10)):,}"
    assert costs["tokens a picture"] == "16"
    assert costs["time, about"] == "60 s"
    assert "Train" in labels(at)
    assert "No run yet" in words(at)


def test_impossible_combinations_are_not_offered():
    at = opened()
    assert at.select_slider(key="model.patch_size").options == ["2", "4", "7", "14"]
    at.select_slider(key="model.heads").set_value(4).run()
    healthy(at.select_slider(key="model.width").set_value(24).run())
    heads = [int(option) for option in at.select_slider(key="model.heads").options]
    assert heads == [1, 2, 3, 4, 6, 8, 12]
    healthy(at.select_slider(key="model.width").set_value(16).run())
    assert [int(option) for option in at.select_slider(key="model.heads").options] == [1, 2, 4, 8]
    at.selectbox(key="model.position").set_value("rotary").run()
    for head in at.select_slider(key="model.heads").options:
        assert 16 // int(head) % 4 == 0
    healthy(at.selectbox(key="data.name").set_value("cifar10").run())
    assert at.select_slider(key="model.patch_size").options == ["2", "4", "8", "16"]


@pytest.mark.parametrize("preset", ["mnist-live", "seed-mnist", "cifar10", "folder", "fine-tune", "probe", "photos-10"])
def test_every_recipe_opens(preset):
    at = opened()
    healthy(at.selectbox(key="preset").set_value(preset).run())
    by_time = commands.base_settings((f"preset={preset}", "data.path=later")).training.epochs == 0
    assert at.segmented_control(key="plan_end").value == ("seconds" if by_time else "epochs")
    lines = [code.value for code in at.code if code.value.startswith("python -m vit.train")]
    if preset in ("folder", "fine-tune", "probe", "photos-10"):
        assert "Bring your pictures first" in words(at)
        assert "Train" not in labels(at)
    else:
        assert lines[0].startswith(f"python -m vit.train preset={preset}")


def test_the_command_line_is_what_differs_from_the_recipe():
    base = ("preset=mnist-live",)
    settings = commands.base_settings(base)
    assert commands.command(settings, base) == list(base)
    settings.model.depth, settings.data.path, settings.data.augment.flip = 6, "it's a (test), a=b.zip", True
    command = commands.command(settings, base)
    assert command[1:] == ["model.depth=6", "data.path='it\\'s a (test), a=b.zip'", "data.augment.flip=true"]
    assert commands.base_settings(tuple(command)) == settings


def test_a_recipe_from_a_trained_model_says_what_it_costs_and_offers_other_models(root, finished):
    pictures = root / "pets.zip"
    with zipfile.ZipFile(pictures, "w") as archive:
        for name in ("cats", "dogs"):
            for number in range(10):
                archive.writestr(f"pets/{name}/inside/{number}.png", b"")
    at = opened()
    recipes = (("photos-10", 14_204_000, 257), ("fine-tune", 21_557_000, 65), ("probe", 2 * 384 * 2 + 2, 65))
    for preset, learned, tokens in recipes:
        at.selectbox(key="preset").set_value(preset).run()
        at.session_state.plan["changes"]["data.path"] = str(pictures)
        healthy(at.run())
        assert "About 18 pictures to learn from, of 2 classes" in words(at)
        costs = {metric.label: metric.value for metric in at.metric}
        assert abs(int(costs["parameters to learn"].replace(",", "")) - learned) < 2_000
        assert costs["tokens a picture"] == str(tokens)
        assert costs["time, about"] != "unknown"
        assert "Train" in labels(at)
    healthy(at.select_slider(key="data.image_size").set_value(56).run())
    assert {metric.label: metric.value for metric in at.metric}["tokens a picture"] == "17"
    assert "data.image_size=56" in next(code.value for code in at.code if "vit.train" in code.value)
    own = trained_models.best(run_list.find(RUN))
    healthy(at.selectbox(key="model.start").set_value(own).run())
    assert "grey pictures only" in words(at)
    assert "Train" not in labels(at)


def test_an_archive_without_classes_cannot_be_trained_on(root):
    with zipfile.ZipFile(root / "loose.zip", "w") as archive:
        archive.writestr("one.png", b"")
    at = opened()
    at.selectbox(key="preset").set_value("folder").run()
    at.session_state.plan["changes"]["data.path"] = str(root / "loose.zip")
    healthy(at.run())
    assert "no two folders" in words(at)
    assert "Train" not in labels(at)


def test_the_speed_that_counts_is_that_of_runs_like_this_one(monkeypatch):
    rows = [(1e6, 1e9), (2e6, 2e9), (1e9, 5e10), (2e9, 6e10), (4e9, 7e10)]
    monkeypatch.setattr(cost, "_speeds", lambda: rows)
    assert cost._speed(2e9) == 6e10
    assert cost._speed(1e3) == 2e9


def test_the_cost_counts_the_parameters_of_the_model_that_is_trained(trained_once):
    settings = a_few_steps()
    assert read_status(trained_once).parameters == parameters(fresh_config(settings.model, (28, 28), 1, 10))


@pytest.mark.parametrize(
    "link", ["../../etc/passwd", "2026-01-02/../../secrets", "", "2026-01-02/03-04-05/..", "<script>", "2026-01-02"]
)
def test_nonsense_in_a_link_opens_the_form(link, finished):
    at = opened(run=link)
    assert "Train" in labels(at)
    assert not at.warning
    assert "run" not in at.query_params


def test_a_run_that_is_gone_is_told_in_a_sentence():
    at = opened(run=RUN)
    assert "does not exist" in at.warning[0].value
    assert "run" not in opened().query_params


def test_a_finished_run_shows_everything(finished):
    at = opened(run=RUN)
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
    at = opened(run=RUN)
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
    opened(run=RUN)


def test_parts_of_a_run_may_be_missing(finished):
    for name in ("probe.npz", "held_out.npz", "metrics.csv", "classes.json", "checkpoints", "config.yaml"):
        path = finished / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        opened(run=RUN)
    (finished / "status.json").unlink()
    assert "starting" in words(opened(run=RUN)), "a folder this young may yet come to life"


def test_a_process_that_died_at_birth_leaves_its_last_words(root):
    folder = root / RUN
    folder.mkdir(parents=True)
    (folder / "output.log").write_text("Traceback …\nImportError: no room\n")
    assert "ImportError: no room" in words(opened(run=RUN))


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
    at = opened(model=name)
    assert any("10 classes" in w or "2 × 2 patches" in w for w in [words(at)])
    assert at.session_state.model == name
    listing.rename(listing.Run(finished, job.name, job.status), "my *first* run")
    assert model_menu.short(name).startswith("my *first* run, step")


@pytest.mark.parametrize("wild", ["/checkpoints/../../x", "/checkpoints/step-0", "", "/checkpoints/best/../../.."])
def test_a_link_names_no_other_folder_of_a_run(finished, wild):
    name = trained_models.best(run_list.find(RUN))
    inside = name.rpartition("/checkpoints/")[0] + wild
    assert trained_models.parts(inside) is None
    assert opened(model=inside).session_state.model != inside


def test_runs_are_compared_renamed_and_deleted(root: Path, finished: Path) -> None:
    shutil.copytree(finished, root / "2026-01-02" / "03-04-06")
    at = opened()
    first, second = at.multiselect(key="marked_runs").options
    assert (first, second) == ("1. 2026-01-02/03-04-06", "2. 2026-01-02/03-04-05"), "the newest first"
    names = [option.split(". ", 1)[1] for option in (first, second)]
    healthy(at.multiselect(key="marked_runs").set_value(names).run())
    assert "Keep this name" not in labels(at)
    healthy(at.multiselect(key="marked_runs").set_value(names[:1]).run())
    at.text_input(key=f"title {names[0]}").set_value("mine | <b>bold</b>")
    press(at, "Keep this name")
    assert "1. mine | <b>bold</b>" in words(at), "the name is shown as it was typed"
    press(at, "Delete this run")
    assert not (root / "2026-01-02" / "03-04-06").exists()
    assert at.multiselect(key="marked_runs").options == ["1. 2026-01-02/03-04-05"]
    assert "Delete this run" not in labels(at), "nothing is marked any more"


def test_reset_begins_with_the_same_settings(finished, monkeypatch):
    started: list[Settings] = []
    monkeypatch.setattr(commands, "start", lambda settings, base=(): started.append(settings) or "2026-01-02/03-04-06")
    assert commands.again(run_list.find(RUN)) == "2026-01-02/03-04-06"
    assert started[0] == a_few_steps()


def test_settings_that_cannot_be_trained_start_nothing(root):
    settings = a_few_steps()
    settings.model.heads = 3
    with pytest.raises(SettingsError, match=r"model\.width=8"):
        commands.start(settings)
    assert not list(root.iterdir())


def test_uploads_stay_while_a_run_needs_them(root, finished):
    used, fresh, old = (uploads.keep(data, "My pets (2).zip") for data in (b"used", b"fresh", b"old"))
    assert used.name == "My_pets_2_.zip"
    assert uploads.keep(b"used", "other.zip").parent == used.parent
    config = finished / "config.yaml"
    config.write_text(config.read_text().replace("path: ''", f"path: {used}"))
    yesterday = time.time() - uploads.GRACE - 60
    for path in (used, old):
        os.utime(path.parent, (yesterday, yesterday))
    uploads.clean()
    assert (used.is_file(), fresh.is_file(), old.is_file()) == (True, True, False)
    shutil.rmtree(finished)
    uploads.clean()
    assert not used.exists()
    assert fresh.is_file()


def until(job: str, wanted: set[str], seconds: float = 60) -> run_list.Job:
    """The run as soon as its state is one of those."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = run_list.find(job)
        if found and found.status.state in wanted:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{run_list.find(job)} never came to {wanted}")


@pytest.mark.slow
def test_a_run_starts_pauses_steps_goes_on_and_stops():
    settings = a_few_steps()
    settings.training.epochs = 1000.0
    name = commands.start(settings)
    job = until(name, {"running"})
    at = opened(run=name)
    assert {"Pause", "Step", "Stop"} <= set(labels(at))
    next(button for button in at.button if button.label == "Pause").click().run()
    paused = until(name, {"paused"})
    send(job.folder, "step")
    end = time.monotonic() + 20
    while run_list.find(name).status.step == paused.status.step and time.monotonic() < end:
        time.sleep(0.05)
    assert run_list.find(name).status.step == paused.status.step + 1
    send(job.folder, "run", 0.002)
    until(name, {"running"})
    next(button for button in opened(run=name).button if button.label == "Stop").click()
    commands.stop(job)
    until(name, {"stopped"})
    assert trained_models.best(run_list.find(name))


@pytest.mark.slow
def test_a_run_stops_even_while_it_is_being_born():
    settings = a_few_steps()
    settings.training.epochs = 1000.0
    name = commands.start(settings)
    commands.stop(run_list.find(name))
    until(name, {"stopped"})
