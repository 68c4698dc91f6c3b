"""The first words stand before any script has run, where the page then puts its own, and go with them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.browser import settled, window

TOP_LEFT = """title => {
  const range = document.createRange();
  range.selectNodeContents(title);
  const { x, y, height } = range.getBoundingClientRect();
  return [x, y + height / 2];
}"""


class HeldBack:
    """Streamlit's own scripts, which wait until they are let go."""

    def __init__(self, page: Page) -> None:
        self.waiting: list[Route] = []
        self._open = False
        page.route("**/static/js/*", self._asked)

    def _asked(self, route: Route) -> None:
        if self._open:
            route.continue_()
        else:
            self.waiting.append(route)

    def let_go(self) -> None:
        self._open = True
        for route in self.waiting:
            route.continue_()


@pytest.mark.slow
@pytest.mark.parametrize("width", [1366, 900, 800, 390])
def test_words_stand_before_scripts_run_and_where_the_page_puts_its_own(
    browser: Browser, address: str, width: int
) -> None:
    with window(browser, width=width) as page:
        scripts = HeldBack(page)
        page.goto(f"{address}/attention", wait_until="commit")
        words = page.locator("#first-words")
        expect(words.get_by_role("heading", name="4. Attention")).to_be_visible()
        expect(words).to_contain_text("Tokens look at each other")
        page.evaluate("document.fonts.load('700 32px \"Source Sans\"')")
        first = words.locator("h1").evaluate(TOP_LEFT)
        assert scripts.waiting
        scripts.let_go()
        expect(words).to_have_count(0)
        settled(page)
        own = page.locator("#root h1")
        expect(own).to_have_text("4. Attention")
        assert own.evaluate(TOP_LEFT) == pytest.approx(first, abs=1.5)
        assert own.evaluate("e => getComputedStyle(e).fontSize") == "32px"  # style.PAGE comes with the document


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "darker"), [("dark", True), ("light", False)])
def test_they_are_dark_where_the_system_is(browser: Browser, address: str, scheme: str, darker: bool) -> None:
    with window(browser, color_scheme=scheme, java_script_enabled=False) as page:
        page.goto(address)
        words = page.locator("#first-words")
        expect(words.get_by_role("heading", name="Overview")).to_be_visible()
        light = [sum(map(int, found)) for found in ((23, 37, 42), (232, 239, 239))]
        shown = words.evaluate("e => getComputedStyle(e).color")
        numbers = [int(number) for number in shown.removeprefix("rgb(").removesuffix(")").split(",")]
        assert sum(numbers) == light[darker]


def test_the_code_of_charts_comes_while_the_first_page_is_read(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: "PlotlyChart" in request.url and asked.append(request.url))
    with page.expect_response(lambda answer: "PlotlyChart" in answer.url and answer.url.endswith(".js")):
        page.goto(address)
    page.get_by_test_id("stSidebarNav").get_by_text("1. Patches").click()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert len(asked) == 1
