"""Settings: what is refused by name, presets, the schedule they describe."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.support.runs import tiny
from vit.paths import CONFIGS
from vit.training import config_file
from vit.training.learn import optimise
from vit.training.learn.engine import evaluation_points
from vit.training.limits import SettingsError
from vit.training.process import one_run
from vit.training.settings import Settings


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
