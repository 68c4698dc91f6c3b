"""Train in a real browser: start, watch it learn, scrub, stop, draw, and open the model in another page."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.served import served
from tests.support.browser import settled, window
from vit.training.run.control import send
from vit.training.run.lock import held


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The Train page of a server with runs of its own; the run that a test starts is ended after it."""
    with served({"VIT_EXPLAINER_RUNS_FOLDER": str(tmp_path)}) as app, window(browser) as page:
        page.goto(f"{app.address}/train")
        page.get_by_role("button", name="Train", exact=True).wait_for()
        settled(page)
        yield page
        if run := started(page):
            send(tmp_path / run, "stop")
            while held(tmp_path / run):
                time.sleep(0.1)


def started(page: Page) -> str | None:
    """The run that stands in the address."""
    return parse_qs(urlparse(page.url).query).get("run", [None])[0]


def draw_seven(page: Page) -> None:
    canvas = page.get_by_test_id("draw-pad").locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    path = [(0.35, 0.25), (0.65, 0.25), (0.55, 0.5), (0.45, 0.8)]
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in path]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=5)
    page.mouse.up()


@pytest.mark.slow
def test_train_watch_scrub_stop_draw_and_open_in_another_page(page: Page) -> None:
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("is learning")).to_be_visible()
    film = page.get_by_test_id("growth")
    expect(film.locator("output")).to_contain_text("held out")
    # a second checkpoint comes by itself
    expect(film.locator("output")).not_to_contain_text("step 0 ")

    page.reload()
    expect(page.get_by_text("is learning")).to_be_visible()

    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("was stopped")).to_be_visible()

    slider = film.get_by_role("slider", name="Checkpoint")
    slider.focus()
    page.keyboard.press("Home")
    expect(film.locator("output")).to_contain_text("step 0 ")
    expect(page.get_by_role("button", name="Use the model of step 0 on all pages")).to_be_visible()

    draw_seven(page)
    expect(page.get_by_text("As the model gets it")).to_be_visible()
    page.get_by_role("button", name="Open in all pages").click()
    expect(page.get_by_text(re.compile(r"your digit .* 16 tokens"))).to_be_visible()
    page.get_by_role("link", name="4. Attention").click()
    expect(page.get_by_text("One query, step by step")).to_be_visible()
    expect(page.get_by_text(re.compile(rf"your digit · {started(page)}, step \d+"))).to_be_visible()
