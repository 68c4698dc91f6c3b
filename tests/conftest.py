"""What the tests share: the bundled model, its trace of the cat, small random models of every kind; app and browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from PIL import Image

from benchmarks.served import served
from vit import Trace, ViT, ViTConfig, load_pretrained, open_image
from vit.training.config_file import to_settings
from vit.training.process import one_run
from vit.training.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = sorted((ROOT / "sample_images").glob("*.jpg"))
BUNDLED = "dinov2-small-imgfocus"
RUN = "2026-01-02/03-04-05"  # the day and time of the run that tests look at

# Small models that differ in everything a page or an analysis may stumble over; the pictures are not square.
SMALL = {
    "cls": ViTConfig(image_size=(32, 48), patch_size=8, width=32, depth=3, heads=4, mlp_width=64, n_classes=5),
    "registers": ViTConfig(
        image_size=(32, 48), patch_size=8, width=32, depth=2, heads=2, mlp_width=64,
        prefix=("cls", "reg0", "reg1"), layer_scale=0.5, position_resample="bicubic-antialias",
    ),
    "mean, sincos2d": ViTConfig(
        image_size=(24, 32), patch_size=8, width=32, depth=2, heads=2, mlp_width=64, prefix=(),
        positioned_prefix=0, position="sincos2d", pooling="mean", n_classes=3,
    ),
    "map": ViTConfig(
        image_size=(32, 32), patch_size=8, width=32, depth=2, heads=2, mlp_width=64, prefix=(), positioned_prefix=0,
        pooling="map", activation="gelu_tanh",
    ),
    "rotary": ViTConfig(
        image_size=(32, 48), patch_size=8, width=32, depth=2, heads=2, mlp_width=64, prefix=("cls", "reg0"),
        position="rotary", positioned_prefix=0, activation="swiglu",
    ),
    "digits": ViTConfig(
        image_size=(28, 28), patch_size=4, channels=1, width=8, depth=2, heads=2, mlp_width=32, position="sincos1d",
        n_classes=10,
    ),
    "distilled": ViTConfig(
        image_size=(16, 16), patch_size=8, width=16, depth=1, heads=1, mlp_width=32, prefix=("cls", "dist"),
        positioned_prefix=2, pooling="cls+dist", n_classes=4, norm_before_blocks=True, activation="quick_gelu",
        patch_bias=False, position="learned",
    ),
    "no position": ViTConfig(
        image_size=(16, 24), patch_size=8, width=16, depth=1, heads=2, mlp_width=32, position="none",
        positioned_prefix=0,
    ),
}  # fmt: skip


def random_model(config: ViTConfig) -> ViT:
    """A model whose every parameter is random, norms and biases too, so that none can be forgotten unnoticed."""
    torch.manual_seed(0)
    model = ViT(config).eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter.normal_(std=0.3)
    return model


@pytest.fixture(params=SMALL)
def small(request: pytest.FixtureRequest) -> ViT:
    return random_model(SMALL[request.param])


@pytest.fixture(scope="session")
def bundled() -> ViT:
    return load_pretrained(BUNDLED)


@pytest.fixture(scope="session")
def cat() -> Image.Image:
    return open_image(ROOT / "sample_images" / "cat.jpg")


@pytest.fixture(scope="session")
def cat_trace(bundled: ViT, cat: Image.Image) -> Trace:
    return bundled.trace(bundled.preprocess(cat))


def a_few_steps() -> Settings:
    """Settings of a run that takes a second."""
    return to_settings(
        {
            "model": {"patch_size": 14, "width": 8, "depth": 2, "heads": 2, "mlp_ratio": 1.0},
            "training": {"epochs": 0.1, "batch": 32, "checkpoints": 2, "threads": 1},
        }
    )


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few steps, made by the engine itself; in a folder of runs that holds no other."""
    folder = tmp_path_factory.mktemp("runs") / RUN
    threads = torch.get_num_threads()
    one_run.train(a_few_steps(), folder)
    torch.set_num_threads(threads)
    return folder


@pytest.fixture(scope="module")
def address(trained_once: Path) -> Iterator[str]:
    """Where the app answers: a server for the tests of one file, with one finished run."""
    with served({"VIT_EXPLAINER_RUNS_FOLDER": str(trained_once.parents[1])}) as app:
        yield app.address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from tests.support.browser import chromium  # only where a browser is wanted

    with chromium() as browser:
        yield browser
