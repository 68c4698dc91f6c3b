"""What a person waits for: first words, first picture, a new upload, a slider's round trip on every page.

``python -m benchmarks.interaction [--rounds N]``: a fresh server, headless Chromium, medians in milliseconds.
Server and browser share this machine's cores, as they do on a student's laptop.
"""

from __future__ import annotations

import argparse
import base64
import statistics
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.served import served
from tests.browser import chromium, settled
from tests.conftest import SAMPLES
from ui.stages import STAGES

# Notes on the browser's own clock when a key went down and when the page last changed because of it.
_WATCH = """() => {
  window.seen = { down: 0, changed: 0 };
  addEventListener("keydown", () => (window.seen = { down: performance.now(), changed: 0 }), true);
  new MutationObserver(() => (window.seen.changed = performance.now())).observe(
    document.querySelector('[data-testid="stMain"]'),
    { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["src", "d", "width"] }
  );
}"""

# A page's main slider: Streamlit's own, or that of the film or the explorer, which move the page when let go.
_SLIDERS = (
    '[data-testid="stMain"] [data-testid="stSlider"] input[type="range"]',
    '[data-testid="film"] input[type="range"]',
    '[data-testid="explorer-layer"]',
)


def since(page: Page, mark: float) -> float:
    return page.evaluate("performance.now()") - mark


def opening(page: Page, url: str) -> tuple[float, float]:
    """Milliseconds from navigation to the title, and to everything drawn."""
    page.goto(url, wait_until="commit")
    page.wait_for_selector("h1")
    title = page.evaluate("performance.now()")
    settled(page)
    return title, page.evaluate("performance.now()")


class Wire:
    """When, by the browser's clock, the page last asked the server for a run and was last told that one had ended."""

    def __init__(self, page: Page) -> None:
        self.asked = self.ended = 0.0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.webSocketFrameSent", self._sent)
        session.on("Network.webSocketFrameReceived", self._received)

    def _sent(self, event: dict[str, Any]) -> None:
        self.asked = event["timestamp"]

    def _received(self, event: dict[str, Any]) -> None:
        message = ForwardMsg.FromString(base64.b64decode(event["response"]["payloadData"]))
        if message.WhichOneof("type") == "script_finished":
            self.ended = event["timestamp"]

    @property
    def milliseconds(self) -> float:
        return 1000 * (self.ended - self.asked)


def slider_round_trip(page: Page, rounds: int) -> tuple[list[float], list[float]] | None:
    """For every key on the page's main slider, milliseconds of the server's round trip, and to the last change.

    The server's: from the message that asks for a run to the one that ends it. None without a slider.
    """
    slider = next((found.first for found in map(page.locator, _SLIDERS) if found.count()), None)
    if slider is None:
        return None
    wire = Wire(page)
    page.evaluate(_WATCH)
    at_end = slider.evaluate("s => s.value === s.max")
    keys = ("ArrowLeft", "ArrowRight") if at_end else ("ArrowRight", "ArrowLeft")
    trips, changes = [], []
    for turn in range(rounds + 2):
        slider.focus()
        page.keyboard.press(keys[turn % 2])
        page.wait_for_timeout(1500)  # far longer than a round trip: what comes later is not counted as one
        down, changed = page.evaluate("[window.seen.down, window.seen.changed]")
        if turn >= 2 and changed > down and wire.ended > wire.asked:
            trips.append(wire.milliseconds)
            changes.append(changed - down)
    return sorted(trips), sorted(changes)


def upload(page: Page, file: Path) -> float:
    """Milliseconds from giving a file to everything drawn."""
    mark = page.evaluate("performance.now()")
    page.locator('input[type="file"]').set_input_files(file)
    page.get_by_test_id("stCaptionContainer").filter(has_text=file.name).first.wait_for()
    settled(page)
    return since(page, mark)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with chromium() as browser, served() as app:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)
        title, drawn = opening(page, app.address)
        print(f"cold server: title {title:.0f} ms (goal 1500), first traced picture {drawn:.0f} ms (goal 6000)")
        warm = [opening(page, f"{app.address}/?image={file.stem}") for file in SAMPLES if file.stem != "cat"]
        title, drawn = (statistics.median(column) for column in zip(*warm, strict=True))
        print(f"warm server, a picture not traced before: title {title:.0f} ms, drawn {drawn:.0f} ms (goal 1500)")
        page.get_by_text("Upload", exact=True).click()
        settled(page)
        uploads = [upload(page, file) for file in SAMPLES[:5]]
        print(f"new upload traced and drawn: {statistics.median(uploads):.0f} ms (goal 1500)")
        for stage in STAGES:
            stem = Path(stage.page).stem
            opening(page, f"{app.address}/{'' if stage is STAGES[0] else stem}")
            page.wait_for_timeout(500)
            if found := slider_round_trip(page, rounds):
                (trip, late), (change, last) = ((statistics.median(t), t[int(0.95 * (len(t) - 1))]) for t in found)
                print(
                    f"slider on {stem:16} server's round trip: median {trip:4.0f} ms, 95 % {late:4.0f} ms (goal 200); "
                    f"key → last change: {change:4.0f}, {last:4.0f} ms"
                )


if __name__ == "__main__":
    main()
