"""Hiding patches with the pointer, a finger's tap and the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import settled, window

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    """One page for all tests."""
    with window(browser, 1280, 1000) as page:
        page.goto(f"{address}/what_if?image=rocket")
        settled(page)
        picture = page.locator('[data-testid="patch-map"][data-ready]', has=drawable(page))
        picture.wait_for()  # by its name: the map beside it may stand there before it does
        yield page


def drawable(page: Page) -> Locator:
    """The picture that can be drawn over."""
    return page.get_by_role("img", name="draw over patches")


def in_sight(page: Page, patches: int) -> None:
    expect(page.get_by_text(f"In sight: {patches} of 256")).to_be_visible()
    settled(page)


def nothing_hidden(page: Page) -> Locator:
    """The picture that can be drawn over, all of it in sight."""
    page.get_by_role("button", name="nothing", exact=True).click()
    in_sight(page, 256)
    canvas = drawable(page)
    canvas.scroll_into_view_if_needed()
    return canvas


def test_a_stroke_hides_and_a_second_one_shows(page: Page) -> None:
    canvas = nothing_hidden(page)
    box = canvas.bounding_box()
    side = box["width"] / 16

    def at(row: int, column: int) -> tuple[float, float]:
        return box["x"] + (column + 0.5) * side, box["y"] + (row + 0.5) * side

    def stroke(*places: tuple[int, int]) -> None:
        page.mouse.move(*at(*places[0]))
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*at(*place))
        page.mouse.up()

    stroke((2, 3), (2, 9), (6, 9))  # the pointer jumps; the patches between are hidden too
    in_sight(page, 256 - 11)
    page.mouse.move(*at(2, 5))
    expect(page.get_by_text("patch (2, 5) · hidden")).to_be_visible()
    stroke((2, 9), (4, 9))  # begins on a hidden one: it brings them back
    in_sight(page, 256 - 8)
    page.mouse.click(*at(10, 10))
    in_sight(page, 256 - 9)


def test_the_keyboard_hides_too(page: Page) -> None:
    canvas = nothing_hidden(page)
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    in_sight(page, 255)
    page.keyboard.press("Space")
    in_sight(page, 256)
