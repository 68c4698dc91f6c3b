"""What a person waits for: first words, first picture, a new upload, a slider's round trip on every page.

``python -m benchmarks.interaction``: a fresh server, headless Chromium, medians in milliseconds.
Server and browser share this machine's cores, as they do on a student's laptop.
"""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from benchmarks import report
from benchmarks.measure import spread
from benchmarks.served import served
from benchmarks.wire import ForwardMsg
from tests.support.browser import chromium, settled, window
from tests.support.places import SAMPLES
from ui.shell.stages import STAGES, WALK, stage_of

ROUNDS = 15  # moves of each slider
RESTED = 8  # seconds that a server has been up when its first visitor comes

# Notes on the browser's own clock when a key went down and when the page last changed because of it.
_WATCH = """() => {
  window.seen = { down: 0, changed: 0 };
  addEventListener("keydown", () => (window.seen = { down: performance.now(), changed: 0 }), true);
  new MutationObserver(() => (window.seen.changed = performance.now())).observe(
    document.querySelector('[data-testid="stMain"]'),
    { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["src", "d", "width"] }
  );
}"""

# A page's main slider: Streamlit's own, one that acts while it is dragged, or that of the film or the explorer.
_SLIDERS = (
    '[data-testid="live-slider"] input[type="range"]',
    '[data-testid="stMain"] [data-testid="stSlider"] input[type="range"]',
    '[data-testid="film"] input[type="range"]',
    '[data-testid="explorer-layer"]',
)


def since(page: Page, mark: float) -> float:
    return page.evaluate("performance.now()") - mark


def opening(page: Page, url: str) -> dict[str, float]:
    """Milliseconds from navigation to the ``title`` painted, to the page's own ``words`` below it, and to the
    ``picture``, everything drawn."""
    page.goto(url, wait_until="commit")
    page.wait_for_selector("#root h1")
    words = page.evaluate("performance.now()")
    settled(page)
    drawn = page.evaluate("performance.now()")
    title = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return {"title": title, "words": words, "picture": drawn}


def slow_network(page: Page) -> Page:
    """The page, from now on as over a wireless network that a class shares: 5 Mbit/s, 40 ms."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    bytes_a_second = 5e6 / 8
    conditions = {"offline": False, "latency": 40, "downloadThroughput": bytes_a_second}
    session.send("Network.emulateNetworkConditions", conditions | {"uploadThroughput": bytes_a_second})
    return page


class Wire:
    """When, by the browser's clock, the page last began to send a file, last asked the server for a run, and was last
    told that one had ended."""

    def __init__(self, page: Page) -> None:
        self.brought = self.asked = self.ended = 0.0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._requested)
        session.on("Network.webSocketFrameSent", self._sent)
        session.on("Network.webSocketFrameReceived", self._received)

    def _requested(self, event: dict[str, Any]) -> None:
        if event["request"]["method"] == "PUT":
            self.brought = event["timestamp"]

    def _sent(self, event: dict[str, Any]) -> None:
        self.asked = event["timestamp"]

    def _received(self, event: dict[str, Any]) -> None:
        message = ForwardMsg.FromString(base64.b64decode(event["response"]["payloadData"]))
        if message.WhichOneof("type") == "script_finished":
            self.ended = event["timestamp"]

    @property
    def milliseconds(self) -> float:
        return 1000 * (self.ended - self.asked)


def slider_round_trip(page: Page, rounds: int) -> dict[str, dict[str, float]] | None:
    """Milliseconds for a key on the page's main slider: of the server's round trip, and to the page's last change.

    The ``server``'s: from the message that asks for a run to the one that ends it. None without a slider that moves.
    """
    slider = next((found.first for found in map(page.locator, _SLIDERS) if found.count()), None)
    if slider is None:
        return None
    if not slider.is_visible():  # folded away
        slider.evaluate("s => s.closest('details').querySelector('summary').click()")
    wire = Wire(page)
    page.evaluate(_WATCH)
    at_end = slider.evaluate("s => s.value === s.max")
    keys = ("ArrowLeft", "ArrowRight") if at_end else ("ArrowRight", "ArrowLeft")
    trips, changes = [], []
    for turn in range(rounds + 2):
        slider.focus()
        before = wire.asked
        page.keyboard.press(keys[turn % 2])
        page.wait_for_timeout(1500)  # far longer than a round trip on a quiet machine
        for _ in range(100):
            if answered := wire.ended > wire.asked > before:
                break
            page.wait_for_timeout(100)
        down, changed = page.evaluate("[window.seen.down, window.seen.changed]")
        if turn >= 2 and answered and changed > down:
            trips.append(wire.milliseconds)
            changes.append(changed - down)
    return {"server": spread(trips), "page": spread(changes)} if trips else None


def upload(page: Page, file: Path) -> float:
    """Milliseconds from giving a file to everything drawn."""
    mark = page.evaluate("performance.now()")
    page.locator('input[type="file"]').set_input_files(file)
    page.get_by_test_id("stCaptionContainer").filter(has_text=file.name).first.wait_for()
    settled(page)
    return since(page, mark)


def hide(page: Page, number: int) -> float:
    """Milliseconds from pressing patch ``number`` to what the model answers without it and those before it."""
    canvas = page.get_by_test_id("patch-map").locator("canvas").first
    box = canvas.bounding_box()
    assert box, "the map is drawn"
    side = box["width"] / 16
    mark = page.evaluate("performance.now()")
    canvas.click(position={"x": (number + 0.5) * side, "y": side / 2})
    page.get_by_text(f"In sight: {255 - number} of 256").wait_for()
    settled(page)
    return since(page, mark)


def measure(quick: bool) -> dict[str, Any]:
    """Milliseconds of everything a person waits for; with ``quick``, a single move, on two pages."""
    walk = [stage for stage in STAGES if stage.group == WALK]
    rounds, stages = (1, walk[:2]) if quick else (ROUNDS, (*walk, stage_of("what_if")))
    found: dict[str, Any] = {}
    with chromium() as browser, served() as app:
        time.sleep(0 if quick else RESTED)
        with window(browser) as page:
            found["rested"] = opening(page, app.address)
        with window(browser) as page:
            found["slow network"] = opening(slow_network(page), app.address)
    with chromium() as browser, served() as app:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)
        found["cold"] = opening(page, app.address)
        fresh = [file for file in SAMPLES if file.stem != "cat"]
        warm = [opening(page, f"{app.address}/?image={file.stem}") for file in fresh]
        found["warm"] = {what: spread([times[what] for times in warm]) for what in ("title", "words", "picture")}
        page.get_by_text("Upload", exact=True).click()
        settled(page)
        found["upload"] = spread([upload(page, file) for file in SAMPLES[:5]])
        found["sliders"] = {}
        for stage in stages:
            opening(page, f"{app.address}/{stage.path}")
            page.wait_for_timeout(500)
            if trips := slider_round_trip(page, rounds):
                found["sliders"][stage.name] = trips
        opening(page, f"{app.address}/what_if?image=cat")
        found["hidden"] = spread([hide(page, number) for number in range(rounds)])
    return found


def lines(found: dict[str, Any]) -> list[str]:
    goals = {
        "cold": ("first visitor of a server that is just up", 1500, 5000),
        "rested": (f"first visitor of a server that is up for {RESTED} s", 600, 1300),
        "slow network": ("a new visitor over 5 Mbit/s", 600, 4000),
    }
    text = ["Interaction, in headless Chromium beside the server"]
    for visit, (who, title, picture) in goals.items():
        times = found[visit]
        text.append(
            f"  {who}: title {times['title']:.0f} ms (goal {title}), the page's own words {times['words']:.0f} ms, "
            f"picture {times['picture']:.0f} ms (goal {picture})"
        )
    warm = {what: times["median"] for what, times in found["warm"].items()}
    text += [
        f"  warm server, a picture not traced before: title {warm['title']:.0f} ms, words {warm['words']:.0f} ms, "
        f"drawn {warm['picture']:.0f} ms (goal 800)",
        f"  new upload traced and drawn: {found['upload']['median']:.0f} ms (goal 1500)",
        f"  a patch hidden, the model asked again: {found['hidden']['median']:.0f} ms",
    ]
    for name, trips in found["sliders"].items():
        server, page = trips["server"], trips["page"]
        text.append(
            f"  slider on {name:16} server's round trip: median {server['median']:4.0f} ms, 95 % {server['p95']:4.0f} "
            f"(goal 200); key → last change: {page['median']:4.0f}, {page['p95']:4.0f} ms"
        )
    return text


if __name__ == "__main__":
    report.alone("interaction", measure, lines)
