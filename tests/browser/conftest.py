"""One server and one browser for all tests in this folder; every test opens a window of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from benchmarks.served import served
from tests.support.browser import CHROMIUM, chromium, window


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def address(trained_once: Path) -> Iterator[str]:
    """Where the app answers, with one finished run."""
    with served({"VIT_EXPLAINER_RUNS_FOLDER": str(trained_once.parents[1])}) as app:
        yield app.address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of a person who has not been here before."""
    with window(browser) as page:
        yield page
