"""Teaching in a real browser: two classes from samples, used on every page, saved, brought back by another session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from benchmarks.served import Served, served
from tests.support.browser import settled, window

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served({"VIT_EXPLAINER_RUNS_FOLDER": str(tmp_path_factory.mktemp("runs"))}) as server:
        yield server
        assert "Traceback" not in server.complaint()


def on_the_page(page: Page) -> Locator:
    """The page without the sidebar, which has a gallery, a camera and an upload of its own."""
    return page.get_by_test_id("stMain")


def in_the_sidebar(page: Page) -> Locator:
    return page.get_by_test_id("stSidebar")


def teach(page: Page, server: Served) -> None:
    page.goto(f"{server.address}/teach")
    expect(page.get_by_role("heading", name="Teach")).to_be_visible()
    settled(page)


def give(page: Page, name: str, *samples: str) -> None:
    """A new class, and sample pictures for it."""
    box = page.get_by_label("A new class")
    box.fill(name)
    box.press("Enter")
    expect(page.get_by_test_id("board").get_by_role("button", name=f"{name}, 0 pictures")).to_be_visible()
    for number, sample in enumerate(samples, start=1):
        on_the_page(page).get_by_test_id("gallery").locator(f"[data-sample={sample}]").click()
        words = f"{name}, {number} picture{'s' * (number > 1)}"
        expect(page.get_by_test_id("board").get_by_role("button", name=words)).to_be_visible()


def look_at(page: Page, sample: str) -> None:
    in_the_sidebar(page).get_by_test_id("gallery").locator(f"[data-sample={sample}]").click()
    settled(page)


def test_two_classes_used_everywhere_saved_and_brought_back(browser: Browser, server: Served, tmp_path: Path) -> None:
    with window(browser) as page:
        teach(page, server)
        give(page, "on the farm", "cow", "giraffes", "sheep")
        give(page, "in the house", "cat", "dog", "coffee")
        expect(page.get_by_text("of 6 pictures are named rightly")).to_be_visible()
        look_at(page, "horses")
        answer = page.get_by_role("heading", name="horses: ")
        expect(answer).to_contain_text("on the farm")
        said = answer.inner_text().partition(": ")[2]
        page.get_by_test_id("board").get_by_role("button", name="Take dog out of in the house").click()
        expect(page.get_by_text("of 5 pictures are named rightly")).to_be_visible()
        on_the_page(page).get_by_test_id("gallery").locator("[data-sample=dog]").click()
        expect(answer).to_contain_text(said)
        page.get_by_role("button", name="Use it on every page").click()
        expect(page.get_by_text("All pages speak in your classes now")).to_be_visible()
        page.get_by_text("Save it, share it, open another").click()
        with page.expect_download() as saving:
            page.get_by_role("button", name="Save the head").click()
        saving.value.save_as(tmp_path / "head.zip")
        page.get_by_role("link", name="Overview").click()
        expect(page.get_by_role("heading", name="The model says: ")).to_contain_text(said)
        expect(page).to_have_url(re.compile("model=taught"))  # the headline stands before the link is written
        link = page.url
    assert (tmp_path / "head.zip").stat().st_size < 200_000
    with window(browser) as other:
        other.goto(link)
        expect(other.get_by_text("taught in a session of their own")).to_be_visible()
        teach(other, server)
        expect(other.get_by_text("on the farm")).to_have_count(0)
        look_at(other, "horses")
        other.get_by_text("Open a head that was saved or shared").click()
        saved = other.get_by_role("region", name="A saved head (head.zip)")
        saved.locator("input[type=file]").set_input_files(tmp_path / "head.zip")
        expect(other.get_by_text("on the farm").first).to_be_visible()
        expect(other.get_by_text("It is open: all pages speak in its classes now")).to_be_visible()
        settled(other)
        other.get_by_role("link", name="Overview").click()
        expect(other.get_by_role("heading", name="The model says: ")).to_contain_text(said)


def test_the_camera_gives_pictures_while_its_button_is_held_and_answers_live(browser: Browser, server: Served) -> None:
    with window(browser) as page:
        teach(page, server)
        give(page, "sky", "rocket", "hubble_deep_field")
        give(page, "screen", "temple")
        on_the_page(page).get_by_text("Camera", exact=True).click()
        page.get_by_role("button", name="Start the camera").click()
        hold = page.get_by_role("button", name="Hold to take pictures")
        expect(hold).to_be_visible()
        hold.hover()
        page.mouse.down()
        several = re.compile(r"screen, ([4-9]|\d\d) pictures")
        expect(page.get_by_test_id("board").get_by_role("button", name=several)).to_be_visible()
        page.mouse.up()
        page.get_by_role("button", name="Stop the camera").click()
        page.get_by_text("The camera, live").click()
        live = page.get_by_test_id("camera").nth(1)
        live.get_by_role("button", name="Start the camera").click()
        expect(live.locator("output")).to_contain_text("screen")
        expect(page.get_by_role("heading", name="what the camera sees: screen")).to_be_visible()
