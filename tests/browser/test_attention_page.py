"""The Attention page and the explorer on it in a real browser: each follows what is chosen in the other."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect


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
