"""The Attention page and the explorer on it in a real browser: each follows what is chosen in the other."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser import ended


@pytest.mark.slow
def test_the_page_follows_what_is_pinned_and_the_explorer_follows_the_page(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 1800})
    page.goto(f"{address}/attention?layer=5&head=3&token=4-7")
    readout, grid = page.get_by_test_id("explorer-readout"), page.get_by_test_id("explorer-grid")
    expect(page.get_by_role("heading", name="patch (4, 7) in block 5, head 3")).to_be_visible(timeout=60_000)
    expect(readout).to_have_attribute("data-head", "3", timeout=20_000)
    data = readout.evaluate("e => ({...e.dataset})")
    assert (data["token"], data["layer"]) == (str(1 + 4 * 16 + 7), "5")
    grid.press("ArrowRight")
    expect(page.get_by_role("heading", name="patch (4, 7) in block 5, head 4")).to_be_visible()
    page.wait_for_function("location.search.includes('head=4')")
    dots = page.locator(".stPlotlyChart").filter(has_text="entropy").locator(".scatterlayer .point")
    dots.nth(2 * 6 + 1).click(force=True)
    expect(page.get_by_role("heading", name="patch (4, 7) in block 2, head 1")).to_be_visible()
    expect(readout).to_have_attribute("data-head", "1")
    expect(readout).to_have_attribute("data-layer", "2")


def test_whoever_comes_back_to_the_page_fetches_nothing_again(page: Page, address: str) -> None:
    fetched: list[str] = []
    page.goto(f"{address}/attention")
    explorer = page.locator("[data-testid=attention-explorer][data-complete]")
    explorer.wait_for()
    page.on("request", lambda request: ".numbers" in request.url and fetched.append(request.url))
    navigation = page.get_by_test_id("stSidebarNav")
    navigation.get_by_text("6. Output").click()
    expect(page.get_by_role("heading", name="6. Output")).to_be_visible()
    navigation.get_by_text("4. Attention").click()
    explorer.wait_for()
    assert fetched == []


def pick(page: Page, sample: str) -> None:
    page.get_by_test_id("gallery").locator(f"[data-sample={sample}]").click()
    expect(page.get_by_test_id("gallery").locator(f"[data-sample={sample}][aria-pressed=true]")).to_be_visible()
    ended(page)


@pytest.mark.slow
def test_a_picture_left_and_come_back_to_before_the_next_had_come_is_shown(page: Page, address: str) -> None:
    held: list[Route] = []
    page.goto(f"{address}/attention?image=cat")
    explorer = page.locator("[data-testid=attention-explorer][data-complete][aria-busy=false]")
    explorer.wait_for()
    page.route("**/app/static/**", lambda route: held.append(route))
    for sample in ("dog", "kitten", "cat"):
        pick(page, sample)
    explorer.wait_for()
    expect(explorer.locator(".status")).to_be_empty()
    assert held, "the others were asked for"


@pytest.mark.slow
def test_another_picture_while_blocks_play_is_shown_where_the_page_is(page: Page, address: str) -> None:
    page.goto(f"{address}/attention?image=cat&layer=2&token=4-7")
    page.locator("[data-testid=attention-explorer][data-complete]").wait_for()
    page.get_by_role("button", name="Play blocks").click()
    readout = page.get_by_test_id("explorer-readout")
    expect(readout).to_have_attribute("data-layer", "4")
    pick(page, "dog")
    page.locator("[data-testid=attention-explorer][data-complete]").wait_for()
    page.wait_for_timeout(1000)  # what was told to Python late would be back
    layer = readout.get_attribute("data-layer")
    expect(page.get_by_role("heading", name=f"patch (4, 7) in block {layer},")).to_be_visible()
