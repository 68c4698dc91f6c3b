"""A person's walk in a real browser: links, pages in order, picking patches, bringing a picture."""

from __future__ import annotations

import re
from io import BytesIO
from urllib.parse import urljoin

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from benchmarks.served import served
from tests.support.browser import settled, window
from tests.support.places import ROOT, SAMPLES
from ui.session.choices import DEFAULT_MODEL
from ui.shell.stages import STAGES
from vit import load_pretrained
from vit.pictures.open import open_image


@pytest.mark.slow
def test_a_link_as_the_first_request_to_a_fresh_server(page: Page) -> None:
    """Streamlit's trap: before any session announced the menu, pages run without the router."""
    with served() as app:
        page.goto(f"{app.address}/position?image=rocket&layer=5")
        expect(page.locator("h1")).to_have_text("3. Position")
        settled(page)
        menu = page.get_by_test_id("stSidebarNav").get_by_role("link")
        expect(menu).to_have_text([stage.title for stage in STAGES])
        expect(page.get_by_text("rocket").first).to_be_visible()
        assert "layer=5" in page.url


def test_a_new_visitor_reads_a_name_first(page: Page, address: str) -> None:
    """Above everything else and without scrolling: what the model says, and how sure it is."""
    page.goto(address)
    answer = page.get_by_role("heading", name="The model says: cat, ")
    expect(answer).to_be_in_viewport(ratio=1)
    [share] = re.findall(r"cat, ([\d.]+) %", answer.inner_text())
    assert 80 < float(share) <= 100
    assert answer.bounding_box()["y"] < page.get_by_test_id("whole-model").bounding_box()["y"]


@pytest.mark.slow
def test_walking_the_pages_in_order(page: Page, address: str) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    # What was still on its way when the next page was opened is given up, and no problem.
    page.on("requestfailed", lambda r: None if r.failure == "net::ERR_ABORTED" else problems.append(r.url))
    outside: list[str] = []
    page.on("request", lambda r: outside.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)
    page.goto(f"{address}/?image=coffee&side=112")
    for stage, following in zip(STAGES, (*STAGES[1:], None), strict=True):
        expect(page.locator("h1")).to_have_text(stage.title)
        settled(page)
        assert page.get_by_test_id("stException").count() == 0
        assert "image=coffee" in page.url
        if following:
            page.get_by_role("link", name=f"Next: {following.title}").click()
    assert not problems
    assert not outside, "the app needs no network"


@pytest.mark.slow
def test_pictures_made_of_numbers_reach_the_screen_to_the_pixel(page: Page, address: str) -> None:
    """A JPEG on the way would change them. The person's own picture, shown as it is, may be one."""
    shown = page.locator("[data-testid^=stImage] img:not([alt^='Your picture'])")
    for stage in ("patches", "patch_embedding", "position"):
        page.goto(f"{address}/{stage}?image=coffee")
        settled(page)
        expect(shown.first).to_be_visible()
        addresses = [image.get_attribute("src") for image in shown.all()]
        assert all(source.endswith(".png") for source in addresses), addresses
    page.goto(f"{address}/patches?image=coffee")
    settled(page)
    source = page.get_by_alt_text("The picture as the model sees it").get_attribute("src")
    seen = Image.open(BytesIO(page.request.get(urljoin(address, source)).body()))
    expected = load_pretrained(DEFAULT_MODEL).preprocessing.crop(open_image(ROOT / "sample_images" / "coffee.jpg"))
    assert np.array_equal(np.asarray(seen), np.asarray(expected))


def test_a_picked_patch_is_followed_from_page_to_page(page: Page, address: str) -> None:
    page.goto(f"{address}/patches")
    settled(page)
    canvas = page.get_by_test_id("patch-map").locator("canvas")
    page.locator('[data-testid="patch-map"][data-ready]').first.wait_for()
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 4.5 / 16, "y": box["height"] * 2.5 / 16})
    expect(page.get_by_role("heading", name="One patch: row 2, column 4")).to_be_visible()
    assert "token=2-4" in page.url
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="One patch: row 3, column 4")).to_be_visible()
    page.get_by_role("link", name="2. Patch embedding", exact=True).click()
    expect(page.locator("h1")).to_have_text("2. Patch embedding")
    settled(page)
    assert "token=3-4" in page.url


@pytest.mark.slow
def test_choosing_a_sample_and_bringing_a_picture(page: Page, address: str) -> None:
    page.goto(f"{address}/patches")
    settled(page)
    page.get_by_test_id("gallery").get_by_role("button", name="temple").click()
    expect(page.get_by_test_id("stCaptionContainer").filter(has_text="temple").first).to_be_visible()
    page.get_by_text("Upload", exact=True).click()
    page.locator('input[type="file"]').set_input_files(SAMPLES[0])
    expect(page.get_by_test_id("stCaptionContainer").filter(has_text=SAMPLES[0].name).first).to_be_visible()
    settled(page)
    page.locator('input[type="file"]').set_input_files(
        {"name": "homework.png", "mimeType": "image/png", "buffer": b"not a picture"}
    )
    expect(page.get_by_text("homework.png is not a PNG")).to_be_visible()
    expect(page.get_by_test_id("stCaptionContainer").filter(has_text=SAMPLES[0].name).first).to_be_visible()
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(page.locator("h1")).to_have_text("Overview")
    expect(page.get_by_test_id("stCaptionContainer").filter(has_text=SAMPLES[0].name).first).to_be_visible()
    expect(page.locator('input[type="file"]')).to_be_attached()  # the next picture can be brought here as well


@pytest.mark.slow
def test_a_picture_by_the_camera(page: Page, address: str) -> None:
    page.goto(f"{address}/patches")
    settled(page)
    page.get_by_text("Camera", exact=True).click()
    page.wait_for_function("document.querySelector('video')?.currentTime > 0.5")  # before, there is nothing to take
    page.get_by_role("button", name="Take Photo").click()
    expect(page.get_by_test_id("stCaptionContainer").filter(has_text="camera picture").first).to_be_visible()
    settled(page)
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(page.locator("h1")).to_have_text("Overview")
    expect(page.get_by_test_id("stCaptionContainer").filter(has_text="camera picture").first).to_be_visible()
    expect(page.get_by_test_id("gallery")).to_be_visible()
    expect(page.locator("video")).to_have_count(0)  # it is off where nobody asked for it
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.slow
def test_two_tabs_of_one_browser_each_keep_their_picture(page: Page, address: str) -> None:
    page.goto(f"{address}/patches?image=coffee")
    settled(page)
    other = page.context.new_page()
    other.goto(f"{address}/patches?image=rocket")
    settled(other)
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(page.locator("h1")).to_have_text("Overview")
    other.reload()
    settled(other)
    for tab, name in ((page, "coffee"), (other, "rocket")):
        expect(tab.get_by_test_id("stCaptionContainer").filter(has_text=name).first).to_be_visible()


@pytest.mark.slow
def test_two_people_do_not_see_each_others_pictures(browser: Browser, address: str) -> None:
    with window(browser) as one, window(browser) as two:
        for page, sample in ((one, "rocket"), (two, "flower")):
            page.goto(f"{address}/patches?image={sample}")
            settled(page)
        expect(one.get_by_test_id("stCaptionContainer").filter(has_text="rocket").first).to_be_visible()
        expect(two.get_by_test_id("stCaptionContainer").filter(has_text="flower").first).to_be_visible()
