"""What all tests share: small random models, the bundled one and its trace of the cat, one finished training run."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.support.models import SMALL, random_model, saved_model
from tests.support.places import BUNDLED, ROOT
from tests.support.runs import RUN, a_few_steps
from vit import Trace, ViT, load_pretrained, open_image
from vit.training.process import one_run


@pytest.fixture(autouse=True, scope="module")
def own_threads() -> Iterator[None]:
    """Small trainings use one thread; what comes after them gets its own number back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True, scope="session")
def installed_packages_read_once() -> Iterator[None]:
    """Every new AppTest reads what is written about all installed packages, in search of Streamlit components.

    That is a third of a second each, more than most pages take; the packages stay the same while the tests run.
    """
    known = tuple(importlib.metadata.distributions())
    metadata = cached_property(importlib.metadata.Distribution.metadata.fget)
    metadata.__set_name__(importlib.metadata.Distribution, "metadata")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.metadata.Distribution, "metadata", metadata)
        patch.setattr(importlib.metadata, "distributions", lambda: iter(known))
        yield


@pytest.fixture(params=SMALL)
def small(request: pytest.FixtureRequest) -> ViT:
    return random_model(SMALL[request.param])


@pytest.fixture(scope="session")
def small_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every small model in a folder, saved as training saves one; for reading only."""
    root = tmp_path_factory.mktemp("models")
    return {name: saved_model(root / name.replace(", ", "-").replace(" ", "-"), name) for name in SMALL}


@pytest.fixture(scope="session")
def bundled() -> ViT:
    return load_pretrained(BUNDLED)


@pytest.fixture(scope="session")
def cat() -> Image.Image:
    return open_image(ROOT / "sample_images" / "cat.jpg")


@pytest.fixture(scope="session")
def cat_trace(bundled: ViT, cat: Image.Image) -> Trace:
    return bundled.trace(bundled.preprocess(cat))


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few steps, made by the engine itself; in a folder of runs that holds no other."""
    folder = tmp_path_factory.mktemp("runs") / RUN
    threads = torch.get_num_threads()
    one_run.train(a_few_steps(), folder)
    torch.set_num_threads(threads)
    return folder
