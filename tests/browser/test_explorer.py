"""The explorer in a real browser: what it shows is what the trace holds, and only what is pinned is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.support.browser import window
from tests.support.explorer_server import Explorer, explorer_server
from vit.figures.colour import viridis

SLOW = "bundled", "mean, sincos2d", "registers", "map"
MODELS = ["cls", "digits", *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with explorer_server() as server:
        yield server.address


@pytest.fixture
def page(page: Page) -> Page:
    page.set_viewport_size({"width": 1280, "height": 1800})
    return page


@pytest.mark.parametrize("name", MODELS)
def test_every_number_is_the_traces_own(page: Page, address: str, name: str) -> None:
    explorer = Explorer(page, address, name)
    layers, heads, n, _ = explorer.patterns.shape
    random = np.random.default_rng(len(name))
    for fusion in [None, None, None, "mean", "max", "min", "rollout"]:
        layer, token, other = (int(random.integers(size)) for size in (layers, n, n))
        head = fusion or int(random.integers(heads))
        measure = "attention" if fusion == "rollout" else str(random.choice(["attention", "contribution"]))
        direction = str(random.choice(["from", "to"]))
        explorer.choose("direction", direction)
        explorer.choose("measure", measure)
        explorer.layer.fill(str(layer))
        explorer.column(head)
        explorer.pin(token)
        explorer.hover(other)
        if fusion == "rollout":
            expect(explorer.readout).to_have_attribute("data-value", re.compile("."), timeout=20_000)
        data = explorer.data()
        query, key = (token, other) if direction == "from" else (other, token)
        said = {name: data[name] for name in ("query", "key", "layer", "head")}
        assert said == {"query": str(query), "key": str(key), "layer": str(layer), "head": str(head)}
        values = explorer.expected(layer, head, measure)
        assert float(data["value"]) == pytest.approx(values[query, key], rel=0.005, abs=1e-5)
        one_map = values[token] if direction == "from" else values[:, token]
        close = np.isclose(one_map, one_map[other], rtol=0.005, atol=1e-5)  # fp16 may reorder these
        rank = 1 + int((one_map > one_map[other]).sum())
        assert abs(int(data["rank"]) - rank) <= close.sum()


@pytest.mark.parametrize("name", [pytest.param("bundled", marks=pytest.mark.slow), "registers"])
@pytest.mark.parametrize("direction", ["from", pytest.param("to", marks=pytest.mark.slow)])
def test_colours_on_the_canvases_are_the_traces_own(page: Page, address: str, name: str, direction: str) -> None:
    explorer = Explorer(page, address, name)
    layers, heads, n, _ = explorer.patterns.shape
    (gh, gw), token = explorer.layout.grid, n // 2
    layer, head = layers - 1, heads - 1
    explorer.choose("direction", direction)
    explorer.layer.fill(str(layer))
    explorer.column(head)
    explorer.pin(token)
    explorer.data()
    low = 1 / (16 * n)

    def colours(values: np.ndarray) -> np.ndarray:
        return viridis(np.log2(np.maximum(values, low)), np.log2(low), 0.0).astype(int)

    def pixels(canvas: str) -> np.ndarray:
        script = "c => [c.height, c.width, ...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
        height, width, *rest = page.locator(canvas).first.evaluate(script)
        return np.array(rest).reshape(height, width, 4)[..., :3]

    def one(at: int, column: int) -> np.ndarray:
        pattern = explorer.patterns[at, column]
        return (pattern[token] if direction == "from" else pattern[:, token])[-gh * gw :].reshape(gh, gw)

    assert abs(pixels(".picture .heat") - colours(one(layer, head))).max() <= 6  # 256 steps of colour, fp16 numbers
    assert abs(pixels(".matrix .area canvas") - colours(explorer.patterns[layer, head])).max() <= 6
    sheet, top = pixels(".heads canvas"), 2
    for at in (0, layer):
        for column in (0, heads - 1):
            y, x = at * (gh + top + 1) + top, column * (gw + 1)
            assert abs(sheet[y : y + gh, x : x + gw] - colours(one(at, column))).max() <= 6


def test_the_matrix_reads_its_cells_and_pins_their_query(page: Page, address: str) -> None:
    explorer = Explorer(page, address, "registers")
    box, n = explorer.matrix.bounding_box(), explorer.layout.n_tokens
    cell = {"x": box["width"] * 7.5 / n, "y": box["height"] * 4.5 / n}
    explorer.matrix.hover(position=cell)
    data = explorer.data()
    assert (data["query"], data["key"]) == ("4", "7")
    explorer.matrix.click(position=cell)
    expect(page.get_by_text("Python has [4, 0, 0]")).to_be_visible()


def test_the_probe_of_a_map_head_is_shown(page: Page, address: str) -> None:
    explorer = Explorer(page, address, "map")
    page.get_by_role("button", name="probe").click()
    explorer.column(1)
    explorer.hover(5)
    data = explorer.data()
    assert (data["query"], data["key"], data["layer"]) == ("probe", "5", "MAP")
    assert float(data["value"]) == pytest.approx(explorer.trace.pool_pattern[0, 1, 5].item(), rel=1e-5)
    expect(page.get_by_text("one row, no matrix")).to_be_visible()


def test_too_many_tokens_are_merged_and_the_explorer_says_so(page: Page, address: str) -> None:
    explorer = Explorer(page, address, "registers merged")
    expect(page.get_by_text("mean over 2 × 2 patches")).to_be_visible()
    assert "each block is the mean" in page.locator(".note").inner_text()
    explorer.choose("direction", "from")
    explorer.hover(explorer.layout.patch_token(2, 5))  # in the block of rows 2–3, columns 4–5
    data = explorer.data()
    prefix, gw = explorer.layout.n_prefix, explorer.layout.grid[1]
    block = [prefix + row * gw + column for row in (2, 3) for column in (4, 5)]
    assert data["query"] == str(prefix + 1 * 3 + 2)
    assert float(data["value"]) == pytest.approx(explorer.patterns[0, 0][np.ix_(block, block)].mean(), rel=0.005)


def test_only_what_is_pinned_goes_to_python(page: Page, address: str) -> None:
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    explorer = Explorer(page, address, "cls")
    page.wait_for_timeout(500)
    before = len(sent)
    for token in range(1, 12):
        explorer.hover(token)
        explorer.data()
    explorer.choose("direction", "to")
    page.wait_for_timeout(400)
    assert len(sent) == before, "hovering is the browser's own business"
    explorer.pin(3)
    explorer.layer.fill("2")
    explorer.layer.dispatch_event("change")
    expect(page.get_by_text("Python has [3, 2, 0]")).to_be_visible()
    explorer.column("max")
    explorer.grid.press("ArrowUp")
    expect(page.get_by_text("Python has [3, 1, 0]")).to_be_visible()
    page.get_by_role("button", name="Go to layer 1, head 1").click()
    expect(explorer.readout).to_have_attribute("data-head", "1")
    assert (explorer.data()["token"], explorer.data()["layer"]) == ("1", "1")


@pytest.mark.slow
def test_a_late_answer_of_python_does_not_undo_what_was_chosen_since(page: Page, address: str) -> None:
    late: list[tuple[WebSocketRoute, str | bytes]] = []
    slow = False

    def connect(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()
        server.on_message(lambda said: late.append((browser, said)) if slow else browser.send(said))

    page.route_web_socket(re.compile("/_stcore/stream"), connect)
    explorer = Explorer(page, address, "cls")
    slow = True
    explorer.pin(3)
    page.wait_for_timeout(700)  # Python is told, and answers late
    answers = len(late)
    explorer.layer.fill("1")
    explorer.pin(5)
    page.wait_for_timeout(700)
    for at, (browser, said) in enumerate(late):
        if at == answers:  # the browser has the time to draw the first answer before it hears the second
            page.wait_for_timeout(300)
        browser.send(said)
    slow = False
    expect(page.get_by_text("Python has [5, 1, 0]")).to_be_visible()
    assert (explorer.data()["token"], explorer.data()["layer"]) == ("5", "1")


def test_everything_can_be_reached_by_keyboard(page: Page, address: str) -> None:
    explorer = Explorer(page, address, "cls")
    n_prefix, gw = explorer.layout.n_prefix, explorer.layout.grid[1]
    explorer.picture.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):  # from CLS to the first patch, down, right
        page.keyboard.press(key)
    assert explorer.data()["query"] == str(n_prefix + gw + 1)
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    data = explorer.data()
    assert (data["query"], data["key"]) == (str(n_prefix + gw + 1), str(n_prefix + gw + 2))
    expect(page.locator(".live")).to_contain_text("patch (1, 1) → patch (1, 2)")
    explorer.grid.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    assert (explorer.data()["layer"], explorer.data()["head"]) == ("1", "2")
    page.keyboard.press("Enter")
    expect(page.locator("[data-name=zoom] input[value=head]")).to_be_checked()
    explorer.matrix.focus()
    page.keyboard.press("ArrowDown")
    assert explorer.data()["query"] == str(n_prefix + 2 * gw + 1 - gw + 1)


@pytest.mark.slow
def test_a_double_click_isolates_a_head_and_comparing_shows_two(page: Page, address: str) -> None:
    explorer = Explorer(page, address, "cls")
    explorer.grid.dblclick(position={"x": 20, "y": 20})
    expect(page.locator("[data-name=zoom] input[value=head]")).to_be_checked()
    explorer.grid.dblclick(position={"x": 20, "y": 20})
    expect(page.locator("[data-name=zoom] input[value=all]")).to_be_checked()
    held = page.get_by_test_id("explorer-held")
    expect(held).to_be_hidden()
    page.locator("select.compare").select_option("head")
    expect(held).to_be_visible()
    explorer.head.fill("2")
    caption = page.locator(".held figcaption")
    expect(caption).to_contain_text("head 0")
    expect(page.locator(".picture:not(.held) figcaption")).to_contain_text("head 2")


@pytest.mark.slow
def test_playing_runs_through_the_layers(page: Page, address: str) -> None:
    explorer = Explorer(page, address, "cls")
    play = page.get_by_role("button", name="Play blocks")
    play.click()
    expect(explorer.readout).to_have_attribute("data-layer", "2")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play blocks")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_scrolling_sideways(browser: Browser, address: str, scheme: str) -> None:
    with window(browser, 390, 844, color_scheme=scheme, has_touch=True) as page:
        explorer = Explorer(page, address, "bundled")
        section = page.get_by_test_id("attention-explorer")
        assert section.evaluate("e => e.scrollWidth <= e.clientWidth")
        where, position = explorer.place(40)
        where.tap(position=position)
        assert explorer.data()["query"] == "40"
