"""What the app's style changes about Streamlit's own parts is still there to be changed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import CHROMIUM, settled
from ui.shell import style

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")]


def test_every_selector_of_streamlits_own_still_matches(browser: Browser, address: str) -> None:
    """A new version may call its parts otherwise: then title, captions, tables or buttons look as they come."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(address)
    for selector in set(style.SELECTORS) - {style.MAIN_BUTTON}:
        expect(page.locator(selector).first).to_be_attached()
    page.goto(f"{address}/verify")
    expect(page.get_by_role("button", name="Compare now")).to_be_visible()
    assert page.locator(style.MAIN_BUTTON).count() == 1
    page.close()


@pytest.mark.parametrize(("width", "rows"), [(390, [2, 2, 2, 1]), (1366, [4, 3]), (1920, [7])])
def test_the_cards_stand_in_rows(browser: Browser, address: str, width: int, rows: list[int]) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(address)
    settled(page)
    expect(page.locator(".st-key-cards")).to_have_css("display", "grid")  # the style comes a moment after the cards
    # All at once: what stands above them may still grow, and moves them all.
    script = "cards => cards.map(card => card.getBoundingClientRect().top)"
    tops = page.locator(".st-key-cards > *").evaluate_all(script)
    page.close()
    assert [tops.count(top) for top in sorted(set(tops))] == rows
