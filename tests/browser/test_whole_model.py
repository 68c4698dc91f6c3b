"""The Overview's picture of the whole model in a browser: the trace's own numbers, by pointer, key and finger."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import settled, window
from ui.session.choices import DEFAULT_MODEL
from ui.session.samples import sample_picture
from vit import Trace, load_pretrained

TOKEN = 1 + 5 * 16 + 7  # patch (5, 7), after CLS


@pytest.fixture(scope="module")
def trace() -> Trace:
    model = load_pretrained(DEFAULT_MODEL)
    return model.trace(model.preprocess(sample_picture("cat").image))


def opened(page: Page, address: str, link: str = "") -> Locator:
    page.goto(f"{address}/?{link}")
    settled(page)
    whole = page.get_by_test_id("whole-model")
    expect(whole).to_have_attribute("data-ready", "true")
    return whole


def hover_patch(whole: Locator, row: int, column: int) -> None:
    """Point at a patch of the picture, which is as wide as the first column of the drawing."""
    side = picture_side(whole)
    top = whole.locator(".answer").evaluate("it => it.offsetTop")  # the picture begins about there
    whole.locator(".drawing").hover(position={"x": (column + 0.5) * side / 16, "y": top + (row + 0.6) * side / 16})


def picture_side(whole: Locator) -> float:
    width = whole.locator(".drawing").bounding_box()["width"]
    return min(max(0.19 * width, 130), 340)


def test_the_token_under_the_pointer_is_told_with_the_numbers_of_the_pass(
    page: Page, address: str, trace: Trace
) -> None:
    whole = opened(page, address, "image=cat&layer=8")
    hover_patch(whole, 5, 7)
    expect(whole).to_have_attribute("data-token", str(TOKEN))
    words = whole.locator(".readout").inner_text()
    block = trace.blocks[8]
    row = block.pattern[0].mean(0)[TOKEN].numpy()
    shares = [float(share) for share in re.findall(r"([\d.]+) %", words)]
    np.testing.assert_allclose(shares, 100 * np.sort(row)[::-1][:3], atol=0.06)
    [long, attention, mlp] = re.findall(r"vector, (\S+) long, attention adds (\S+), the MLP (\d[\d.]*\d)", words)[0]
    expected = [block.resid_pre[0, TOKEN].norm(), block.attn_out[0, TOKEN].norm(), block.mlp_out[0, TOKEN].norm()]
    np.testing.assert_allclose([float(long), float(attention), float(mlp)], expected, rtol=0.01)


@pytest.mark.slow
def test_keys_move_and_keep_a_token_for_all_pages(page: Page, address: str) -> None:
    whole = opened(page, address, "image=cat&token=5-6")
    canvas = whole.locator(".drawing")
    canvas.focus()
    canvas.press("ArrowRight")
    expect(whole).to_have_attribute("data-token", str(TOKEN))
    expect(canvas).to_have_attribute("aria-label", re.compile(r"^Patch \(5, 7\) in block"))
    canvas.press("Enter")
    expect(page).to_have_url(re.compile("token=5-7"))
    page.mouse.move(2, 2)
    expect(whole).to_have_attribute("data-token", str(TOKEN))


def test_a_block_unfolds_in_place_and_leads_to_its_pages(page: Page, address: str, trace: Trace) -> None:
    whole = opened(page, address, "image=cat&token=5-7")
    block = whole.get_by_role("button", name="block 3", exact=True)
    block.click()
    fold = whole.locator(".fold")
    expect(fold).to_contain_text("Block 3, unfolded for patch (5, 7)")
    expect(block).to_have_attribute("aria-expanded", "true")
    expect(fold.locator(".maps canvas")).to_have_count(6)
    room, inside = whole.locator(".drawing").bounding_box(), fold.bounding_box()
    assert room["x"] < inside["x"] < inside["x"] + inside["width"] < room["x"] + room["width"]
    assert room["y"] < inside["y"] < inside["y"] + inside["height"] < room["y"] + room["height"]
    most = 100 * float(trace.blocks[3].pattern[0, 2, TOKEN, 1:].max())
    label = fold.locator(".maps button").nth(2).get_attribute("aria-label")
    assert float(re.search(r"at most ([\d.]+) %", label)[1]) == pytest.approx(most, abs=0.06)
    fold.locator(".maps button").nth(2).click()
    expect(page.locator("h1")).to_have_text("4. Attention")
    expect(page).to_have_url(re.compile(r"token=5-7.*layer=3.*head=2"))


@pytest.mark.slow
def test_titles_open_their_pages_and_a_block_folds_again(page: Page, address: str) -> None:
    whole = opened(page, address, "image=cat")
    block = whole.get_by_role("button", name="block 0", exact=True)
    block.click()
    expect(block).to_have_attribute("aria-expanded", "true")
    block.click()
    expect(block).to_have_attribute("aria-expanded", "false")
    expect(whole.locator(".fold")).to_be_hidden()
    whole.get_by_role("button", name="5. Block").click()
    expect(page.locator("h1")).to_have_text("5. Block")


@pytest.mark.slow
def test_the_picture_runs_through_once(page: Page, address: str) -> None:
    whole = opened(page, address, "image=cat")
    whole.get_by_role("button", name="▶ Play").click()
    expect(whole.locator(".answer")).to_have_class(re.compile("later"))
    expect(whole).to_have_attribute("data-block", "5")
    expect(whole.get_by_role("button", name="▶ Play")).to_be_visible()
    expect(whole.locator(".answer")).not_to_have_class(re.compile("later"))


@pytest.mark.slow
@pytest.mark.parametrize("model", ["photos-10", "dinov2-small-imgfocus", "mnist-vit"])
def test_it_stands_on_a_laptops_screen_without_scrolling(browser: Browser, address: str, model: str) -> None:
    with window(browser, 1366, 768) as page:
        box = opened(page, address, f"model={model}").locator(".room").bounding_box()
        assert box["y"] + box["height"] <= 768


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 700, 1366, 1920])
def test_nothing_is_wider_than_the_screen(browser: Browser, address: str, width: int) -> None:
    with window(browser, width) as page:
        whole = opened(page, address)
        whole.get_by_role("button", name="block 7", exact=True).click()
        expect(whole.locator(".fold .maps canvas")).to_have_count(6)
        right = whole.evaluate(
            "it => Math.max(...[...it.querySelectorAll('*')].map(e => e.getBoundingClientRect().right))"
        )
        assert right <= width
