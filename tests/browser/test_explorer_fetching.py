"""The explorer's file in a real browser: fetched once, what is looked at first, and what is said until it is there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.explorer_server import Explorer, explorer_server

BLOCK = 2 * 3 * 197**2  # bytes of a block's patterns in a ViT-Ti/16


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with explorer_server() as server:
        yield server.address


@pytest.fixture
def page(page: Page) -> Page:
    page.set_viewport_size({"width": 1280, "height": 1800})
    return page


def test_the_payload_is_fetched_once(page: Page, address: str) -> None:
    fetched: list[str] = []
    page.on("response", lambda response: "/app/static/" in response.url and fetched.append(response.url))
    Explorer(page, address, "cls")
    page.get_by_role("button", name="Run again").click()
    page.wait_for_timeout(800)
    assert len(fetched) == 1


def _range(route: Route) -> tuple[int, int]:
    """The bytes a request asks for: the first, and the one after the last."""
    first, last = re.fullmatch(r"bytes=(\d+)-(\d+)", route.request.headers["range"]).groups()
    return int(first), int(last) + 1


def test_the_block_in_view_is_fetched_first_and_what_cls_takes_before_it(page: Page, address: str) -> None:
    held: list[Route] = []
    holding = True

    def hold_blocks(route: Route) -> None:
        first, end = _range(route)
        held.append(route) if holding and end - first == BLOCK else route.continue_()

    page.route("**/app/static/**", hold_blocks)
    explorer = Explorer(page, address, "vit-ti16", until="ready")

    def shows(query: int, key: int, layer: int) -> None:
        data = explorer.data()
        assert (data["query"], data["key"], data["layer"]) == (str(query), str(key), str(layer))
        assert float(data["value"]) == pytest.approx(explorer.patterns[layer, 0, query, key], rel=0.005)

    explorer.layer.fill("9")
    explorer.pin(0)
    explorer.hover(50)
    shows(0, 50, 9)
    explorer.pin(50)
    expect(explorer.readout).to_contain_text("Block 9 is on its way")
    expect(page.locator(".matrix .none")).to_have_text("Block 9 is on its way …")
    assert explorer.data()["value"] == ""
    page.locator("select.compare").select_option("head")
    expect(page.locator(".held figcaption")).to_contain_text("Block 9 is on its way")
    explorer.column("rollout")
    expect(explorer.readout).to_contain_text("Block 9 is on its way")
    explorer.column(0)
    assert len(held) == 1, "one at a time"
    start, _ = _range(held[0])  # block 0, which was in view when it was asked for
    held.pop().continue_()
    page.wait_for_timeout(500)
    assert [(_range(route)[0] - start) / BLOCK for route in held] == [9]
    held.pop().continue_()
    expect(explorer.readout).not_to_contain_text("on its way")
    shows(50, 50, 9)
    expect(page.locator(".heads figcaption")).to_contain_text("2 of 12 blocks")
    holding = False
    for route in held:
        route.continue_()
    page.locator("[data-testid=attention-explorer][data-complete]").wait_for()
    explorer.layer.fill("5")
    shows(50, 50, 5)
    expect(page.locator(".heads figcaption")).not_to_contain_text("fetched")


def test_nothing_can_be_used_before_there_are_numbers(page: Page, address: str) -> None:
    held: list[Route] = []
    page.route("**/app/static/**", lambda route: held.append(route))
    page.goto(f"{address}/?m=cls")
    parts = page.locator("[data-testid=attention-explorer] :is(.controls, .panels)")
    expect(parts.and_(page.locator("[inert]"))).to_have_count(2)
    expect(page.get_by_text("The attention is on its way")).to_be_visible()
    page.wait_for_timeout(500)
    for route in held:
        route.continue_()
    expect(parts.and_(page.locator("[inert]"))).to_have_count(0)


@pytest.mark.slow
def test_what_could_not_be_fetched_is_said_and_fetched_when_asked_again(page: Page, address: str) -> None:
    def lose_blocks(route: Route) -> None:
        first, end = _range(route)
        route.abort() if end - first == BLOCK else route.continue_()

    page.route("**/app/static/**", lose_blocks)
    explorer = Explorer(page, address, "vit-ti16", until="ready")
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    explorer.pin(50)
    expect(explorer.readout).to_contain_text("Block 0 could not be fetched.")
    page.unroute("**/app/static/**")
    again.click()
    page.locator("[data-testid=attention-explorer][data-complete]").wait_for()
    expect(page.locator(".status")).to_be_empty()
    explorer.hover(7)
    data = explorer.data()
    assert float(data["value"]) == pytest.approx(explorer.patterns[0, 0, int(data["query"]), 7], rel=0.005)


def test_whoever_passes_on_no_parts_of_files_passes_on_the_whole_once(page: Page, address: str) -> None:
    passed = []

    def pass_on(route: Route) -> None:
        headers = {name: value for name, value in route.request.headers.items() if name != "range"}
        passed.append(route.fetch(headers=headers))
        route.fulfill(response=passed[-1])

    page.route("**/app/static/**", pass_on)
    explorer = Explorer(page, address, "vit-ti16")
    assert [response.status for response in passed] == [200]
    explorer.layer.fill("11")
    explorer.pin(7)
    assert float(explorer.data()["value"]) == pytest.approx(explorer.patterns[11, 0, 7, 7], rel=0.005)


@pytest.mark.slow
def test_a_file_that_made_room_for_others_is_asked_for_again(page: Page, address: str) -> None:
    gone = iter([True])

    def answer(route: Route) -> None:
        route.fulfill(status=404) if next(gone, False) else route.continue_()

    page.route("**/app/static/**", answer)
    explorer = Explorer(page, address, "cls")
    assert float(explorer.data()["value"]) == pytest.approx(explorer.patterns[0, 0, 0, 0], rel=0.005)
