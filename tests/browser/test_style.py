"""What the app's style changes about Streamlit's own parts is still there to be changed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import CHROMIUM
from ui.shell import style

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")]


@pytest.mark.slow
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
