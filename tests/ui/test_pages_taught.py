"""A head that was taught, opened in the app: the backbone's blocks with the person's own names, on every page."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.support.places import PAGES
from tests.support.sessions import go, opened, with_model, words
from vit import load_pretrained
from vit.checkpoints.taught_head import TaughtHead


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two names on four blocks of the bundled digit reader."""
    folder = tmp_path_factory.mktemp("head")
    width = load_pretrained("mnist-vit").config.width
    weight = torch.randn(2, width, generator=torch.Generator().manual_seed(0))
    TaughtHead("mnist-vit", 4, "mean", ("mug", "pencil"), weight, torch.zeros(2)).save(folder)
    return folder


def test_every_page_takes_a_taught_head(head: Path) -> None:
    at = with_model(opened("overview", image="digit_3"), head)
    assert any(name in words(at) for name in ("mug", "pencil"))
    for page in PAGES:
        go(at, page)
        assert not [error.value for error in at.error]
