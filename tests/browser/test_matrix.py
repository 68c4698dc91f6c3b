"""The matrix component in a real browser: the number under the pointer is the number of the table."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import settled
from vit.model.positions import sincos_1d


@pytest.mark.slow
def test_a_slider_redraws_the_table_and_the_pointer_reads_it(page: Page, address: str) -> None:
    page.goto(f"{address}/position")
    settled(page)
    page.get_by_text("Positions by sine and cosine: a table to play with").click()
    box = page.get_by_test_id("matrix").first
    expect(box).to_have_attribute("data-ready", "true")
    slider = page.get_by_role("slider", name="Width d of the vector")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(box.locator(".axis")).to_have_text("dimension of the vector (0 to 71)")
    canvas = box.locator("canvas")
    canvas.scroll_into_view_if_needed()
    size, (row, column) = canvas.bounding_box(), (10, 40)
    canvas.hover(position={"x": (column + 0.5) / 72 * size["width"], "y": (row + 0.5) / 64 * size["height"]})
    readout, exact = box.locator(".readout"), float(sincos_1d(64, 72)[row, column])
    expect(readout).to_have_text(f"position {row} · dimension {column}: {exact:.4f}")
    assert float(readout.get_attribute("data-value")) == exact
    slider.press("ArrowRight")  # new numbers, the cell stays
    expect(box.locator(".axis")).to_have_text("dimension of the vector (0 to 79)")
    expect(readout).to_have_text(f"position {row} · dimension {column}: {sincos_1d(64, 80)[row, column]:.4f}")
    canvas.focus()
    page.keyboard.press("ArrowDown")
    expect(readout).to_contain_text(f"position {row + 1} · dimension {column}")
