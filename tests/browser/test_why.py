"""The page Why in a real browser: a classifier, a model without classes, and one that reads text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import settled
from tests.support.families import CASES
from tests.vit.reference.test_text_half import save_tokenizer

LONG = 180_000  # milliseconds: each map's test is a dozen passes


def shows_maps(page: Page, count: int) -> None:
    expect(page.locator('[data-testid="patch-map"][data-ready]')).to_have_count(count, timeout=LONG)


@pytest.mark.slow
def test_a_classifier_and_another_class(page: Page, address: str) -> None:
    page.goto(f"{address}/why?model=mnist-vit")
    expect(page.get_by_text("The number to explain: the logit of")).to_be_visible()
    shows_maps(page, 5)  # four methods, and where a head took from
    settled(page, LONG)
    expect(page.get_by_text("removed 0.")).to_have_count(4)
    page.goto(f"{address}/why?model=mnist-vit&explain=8-3")
    expect(page.get_by_text("8 rather than 3").first).to_be_visible()
    settled(page, LONG)
    page.get_by_role("link", name="in the attention explorer").click()
    expect(page.locator("h1")).to_have_text("4. Attention")
    settled(page, LONG)
    assert "explain=8-3" in page.url
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.slow
def test_a_model_without_classes_explains_its_output(page: Page, address: str) -> None:
    page.goto(f"{address}/why?model=dinov2-small-imgfocus&image=rocket")
    expect(page.get_by_text("This model has no classes")).to_be_visible()
    expect(page.locator('[data-testid="patch-map"][data-ready]').first).to_be_visible()
    page.get_by_role("link", name="What if").first.click()  # before all tests are there: they are given up
    expect(page.locator("h1")).to_have_text("What if")
    settled(page, LONG)
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.slow
def test_a_model_that_reads_explains_a_text(page: Page, address: str, tmp_path: Path) -> None:
    folder = CASES["CLIP"].save(tmp_path / "clip")
    save_tokenizer(folder)
    page.goto(f"{address}/why?model=mnist-vit")
    settled(page, LONG)
    page.get_by_role("button", name="More models").click()
    page.get_by_placeholder("owner/model on the Hub").fill(str(folder))
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Load ")).click()
    text = page.get_by_placeholder("a photo of a cat")
    text.fill("a photo of a cat")
    settled(page, LONG)
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_text("Words on the picture")).to_be_visible(timeout=LONG)
    settled(page, LONG)
    assert page.get_by_test_id("stException").count() == 0
    shows_maps(page, 7)  # four methods, one text's evidence and its nearness, and where a head took from
