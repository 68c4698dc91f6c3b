"""The picture of a block in a browser: cells say the pass's own numbers, by pointer and by keyboard; it fits."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import settled, window
from ui.session.choices import DEFAULT_MODEL
from ui.session.samples import sample_picture
from vit import Trace, load_pretrained


@pytest.fixture(scope="module")
def trace() -> Trace:
    model = load_pretrained(DEFAULT_MODEL)
    return model.trace(model.preprocess(sample_picture("coffee").image))


def opened(page: Page, address: str):
    page.goto(f"{address}/block?image=coffee&layer=7&token=cls")
    settled(page)
    flow = page.get_by_test_id("flow")
    expect(flow).to_have_attribute("data-ready", "true")
    return flow


@pytest.mark.slow
def test_a_cell_says_the_number_of_the_pass(page: Page, address: str, trace: Trace) -> None:
    flow = opened(page, address)
    canvas = flow.get_by_role("img", name="x′: 384 numbers")
    canvas.focus()
    canvas.press("ArrowRight")  # the first number
    canvas.press("ArrowRight")
    [shown] = re.findall(r"x′ · number 1: (\S+)", flow.locator(".readout").inner_text())
    assert float(shown) == pytest.approx(float(trace.blocks[7].resid_post[0, 0, 1]), abs=1e-4)
    canvas.hover(position={"x": 2, "y": 2})
    [shown] = re.findall(r"x′ · number 0: (\S+)", flow.locator(".readout").inner_text())
    assert float(shown) == pytest.approx(float(trace.blocks[7].resid_post[0, 0, 0]), abs=1e-4)


@pytest.mark.slow
def test_the_block_follows_the_slider_while_it_is_dragged(page: Page, address: str) -> None:
    opened(page, address)
    slider = page.get_by_test_id("live-slider").filter(has_text="Block").locator("input")
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 7.5 / 12, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2, steps=8)
    expect(page.get_by_role("heading", name="CLS in block 0, number by number")).to_be_visible()
    assert "layer=7" in page.url, "it is still held: a drag is one step back"
    page.mouse.up()
    expect(page).to_have_url(re.compile("layer=0"))
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile("layer=1"))


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 1366, 1920])
def test_each_half_of_the_block_stands_in_one_row(browser: Browser, address: str, width: int) -> None:
    with window(browser, width) as page:
        flow = opened(page, address)
        for row in flow.locator(".row").all():
            tops = row.locator(".step").evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
            assert len(set(tops)) == 1
        assert flow.evaluate("it => it.scrollWidth <= it.clientWidth")


@pytest.mark.slow
def test_on_a_phone_nothing_is_wider_than_the_screen(browser: Browser, address: str) -> None:
    with window(browser, 390) as page:
        flow = opened(page, address)
        assert flow.evaluate(
            "it => [...it.querySelectorAll('.step')].every(e => e.getBoundingClientRect().right <= 390)"
        )
