"""The film of colours in a real browser: scrubbing repaints at once, and the page follows where one stops."""

from __future__ import annotations

import re
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


def test_a_patch_picked_at_a_level_is_followed_by_the_whole_page(page: Page) -> None:
    """The level's maps are drawn anew by themselves; what stands above them depends on the patch too."""
    canvas = page.get_by_role("img", name=re.compile("Cosine similarity of .*click a patch"))
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 4.5 / 16, "y": box["height"] * 2.5 / 16})
    expect(page.get_by_text("To patch (2, 4) these filters answer loudest")).to_be_visible()
    expect(page.get_by_text("Likeness to patch (2, 4)")).to_be_visible()
    settled(page)
    assert "token=2-4" in page.url


def test_a_click_among_places_moves_the_frame_and_the_link(page: Page, address: str) -> None:
    page.goto(f"{address}/position")
    settled(page)
    sheet = page.get_by_alt_text("For every place, a small map of its likeness to all places")
    before = sheet.get_attribute("src")
    canvas = page.get_by_role("img", name=re.compile("How like the place of .*click a patch"))
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 9.5 / 16, "y": box["height"] * 3.5 / 16})
    expect(page.get_by_text("The map of patch (3, 9) is framed")).to_be_visible()
    expect(page).to_have_url(re.compile("token=3-9"))
    settled(page)
    assert sheet.get_attribute("src") != before
    page.get_by_role("link", name="1. Patches", exact=True).click()
    expect(page.get_by_role("heading", name="One patch: row 3, column 9")).to_be_visible()
