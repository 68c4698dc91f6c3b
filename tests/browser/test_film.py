"""The film of colours in a real browser: scrubbing repaints at once, and the page follows where one stops."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import settled, window

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The film after block 2; one page for all tests, which begin wherever the one before has left it."""
    with window(browser) as page:
        page.goto(f"{address}/patch_embedding?layer=2")
        settled(page)
        expect(page.get_by_test_id("film").locator("output")).to_have_text("after block 2")
        yield page


def pixels(page: Page) -> list[int]:
    """The colours that the film's canvas shows now."""
    return (
        page.get_by_test_id("film")
        .locator("canvas")
        .evaluate("c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")
    )


def test_scrubbing_repaints_at_once_and_the_page_follows(page: Page) -> None:
    film = page.get_by_test_id("film")
    slider = film.get_by_role("slider", name="Level")
    slider.focus()
    page.keyboard.press("Home")
    expect(film.locator("output")).to_have_text("before block 0")
    before = pixels(page)
    assert len(before) == 16 * 16 * 4
    page.keyboard.press("ArrowRight")
    expect(film.locator("output")).to_have_text("after block 0")
    assert pixels(page) != before, "repainted in the browser, whatever the server does"
    expect(page.get_by_text("after block 0: the three colours hold")).to_be_visible()
    settled(page)


def test_playing_goes_to_the_last_level_and_stops_there(page: Page) -> None:
    film = page.get_by_test_id("film")
    slider = film.get_by_role("slider", name="Level")
    slider.focus()
    page.keyboard.press("End")
    expect(page.get_by_text("after block 11: the three colours hold")).to_be_visible()
    settled(page)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("after block 10: the three colours hold")).to_be_visible()
    settled(page)
    film.get_by_role("button", name="Play").click()
    expect(page.get_by_text("after block 11: the three colours hold")).to_be_visible()
    expect(film.get_by_role("button", name="Play")).to_be_visible()
    expect(film.locator("output")).to_have_text("after block 11")
