"""Names of files that people bring are only words in a browser, however much they look like links or tags."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.support.browser import settled
from tests.support.places import SAMPLES

NAMES = ["![](http://192.0.2.1/a.png).png", "<img src=http:x onerror=window.hacked=1>.png", "[a](javascript:1).png"]


@pytest.mark.slow
def test_names_of_files_are_only_words_in_a_browser(page: Page, address: str) -> None:
    """As the name of a picture that is shown, and in the sentence about one that cannot be."""
    strange: list[str] = []
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else strange.append(r.url))
    page.goto(f"{address}/patches")
    settled(page)
    page.get_by_test_id("stSidebar").get_by_text("Upload", exact=True).click()
    for name in NAMES:
        for data in (SAMPLES[0].read_bytes(), b"no picture"):
            chooser = page.locator('input[type="file"]')
            chooser.set_input_files({"name": name, "mimeType": "image/png", "buffer": data})
            place = page.get_by_test_id("stMain")
            shown = place.get_by_text("is not a PNG") if data == b"no picture" else place.get_by_text("257 tokens")
            shown.first.wait_for()
            place.get_by_text(name[:12]).first.wait_for()
            settled(page)
    main = page.get_by_test_id("stMain")
    assert main.locator("a[href^='javascript'], img[src*='192.0.2.1'], img[onerror]").count() == 0
    assert page.evaluate("window.hacked") is None
    assert not [url for url in strange if not url.startswith("ws")]
