"""Setting up a run: what is offered, what it will cost, what is refused."""

from __future__ import annotations

import os
import shutil
import time
import zipfile

import pytest

from tests.support.runs import RUN, a_few_steps
from tests.support.sessions import healthy, labels, train_page, words
from ui.parts.train import commands, cost, uploads
from ui.session import run_list, trained_models
from vit.training.learn.cost import parameters
from vit.training.limits import SettingsError
from vit.training.run.status import read_status
from vit.training.shapes import fresh_config


def test_without_a_run_the_form_says_what_it_will_cost():
    at = train_page()
    costs = {metric.label: metric.value for metric in at.metric}
    settings = commands.base_settings(("preset=mnist-live",))
    assert costs["parameters to learn"] == f"{parameters(fresh_config(settings.model, (28, 28), 1, 10)):,}"
    assert costs["tokens a picture"] == "16"
    assert costs["time, about"] == "60 s"
    assert "Train" in labels(at)
    assert "No run yet" in words(at)


def test_impossible_combinations_are_not_offered():
    at = train_page()
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
    at = train_page()
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
    at = train_page()
    recipes = (("photos-10", 15_979_394, 257), ("fine-tune", 21_557_000, 65), ("probe", 2 * 384 * 2 + 2, 65))
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
    at = train_page()
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


def test_whole_pictures_are_offered_of_one_s_own():
    at = train_page()
    assert "plan_way" not in [control.key for control in at.segmented_control], "digits are squares"
    at.selectbox(key="preset").set_value("folder").run()
    healthy(at.segmented_control(key="plan_way").set_value("Whole picture").run())
    assert at.session_state.plan["changes"]["data.whole"]
    assert at.segmented_control(key="plan_way").value == "Whole picture"
    healthy(at.selectbox(key="preset").set_value("photos-10").run())
    assert "plan_way" not in [control.key for control in at.segmented_control], "it has several sides of squares"
