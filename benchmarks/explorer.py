"""What the attention explorer costs: frames, first paint, bytes, memory.

``python -m benchmarks.explorer``: headless Chromium, without a GPU, beside the server on the same
cores. *painted* is the end of the frame's own work on the page: script, layout and paint, up to the
first task after it. It is counted from the moment the page gets the event; *with waiting* from the
moment the browser did, so that up to one 16.7 ms frame of waiting for the screen is in it.
"""

from __future__ import annotations

import random
import re
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser import chromium
from tests.explorer_server import Explorer, explorer_server, traced
from ui.explorer import payload

MODELS = {"bundled": "ViT-S/14", "vit-b16": "ViT-B/16"}
_WATCH = """kind => {
  Object.assign(window, { work: [], waits: [], frames: [] });
  addEventListener(kind, (event) => {
    const begun = performance.now(), { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      window.work.push(performance.now() - begun);
      window.waits.push(performance.now() - event.timeStamp);
    };
    requestAnimationFrame(() => port2.postMessage(0));
  }, true);
  let last = 0;
  const tick = (now) => { if (last) window.frames.push(now - last); last = now; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""


def summary(times: Sequence[float]) -> str:
    ordered = sorted(times)
    return f"median {statistics.median(ordered):5.1f} ms, 95 % {ordered[int(0.95 * (len(ordered) - 1))]:5.1f} ms"


def watched(page: Page, what: str, kind: str, act: Callable[[], None]) -> None:
    """Do ``act`` and print how long each event of ``kind`` took to be painted."""
    page.evaluate(_WATCH, kind)
    act()
    page.wait_for_timeout(200)
    work, waits, frames = (page.evaluate(f"window.{name}") for name in ("work", "waits", "frames"))
    print(f"  {what:<22} painted: {summary(work)} | with waiting: {summary(waits)} | frames: {summary(frames)}")


def frames(browser: Browser, address: str, name: str, moves: int = 200) -> None:
    """Wander over the picture; then drag the layer and the head slider up and down."""
    page = browser.new_page(viewport={"width": 1280, "height": 1500})
    explorer = Explorer(page, address, name)
    page.wait_for_timeout(2000)  # rollout is done by then
    box = explorer.picture.bounding_box()

    def wander() -> None:
        for _ in range(moves):
            x, y = box["width"] * random.random(), box["height"] * random.random()
            page.mouse.move(box["x"] + x, box["y"] + y)

    def drag(slider: str) -> None:
        track = page.get_by_test_id(slider).bounding_box()
        middle = track["y"] + track["height"] / 2
        page.mouse.move(track["x"] + 4, middle)
        page.mouse.down()
        for step in range(moves // 2):
            page.mouse.move(track["x"] + track["width"] * abs(((step * 0.07) % 2) - 1), middle)
        page.mouse.up()

    watched(page, "pointer move", "pointermove", wander)
    watched(page, "layer slider", "input", lambda: drag("explorer-layer"))
    watched(page, "head slider", "input", lambda: drag("explorer-head"))
    page.close()


def first_paint(browser: Browser, address: str, name: str, rounds: int = 8) -> None:
    """From the click that chooses a picture never traced before to the explorer showing it."""
    page = browser.new_page()
    Explorer(page, address, name)
    root = page.get_by_test_id("attention-explorer")
    times = []
    for _ in range(rounds):
        before = root.get_attribute("data-ready")
        page.evaluate("addEventListener('click', () => { window.clicked = performance.now(); }, {once: 1, capture: 1})")
        page.get_by_role("button", name="Next picture").click()
        page.wait_for_function(
            "([e, before]) => e.dataset.ready !== before && performance.now()", arg=[root.element_handle(), before]
        )
        times.append(page.evaluate("performance.now() - window.clicked"))
    print(f"  picture chosen → first paint, its trace included: {summary(times)}")
    page.close()


def memory(browser: Browser, address: str, pid: int, name: str, sessions: int = 20) -> float:
    """How much the server grows with each further session, in MB."""

    def resident() -> float:
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1000

    def open_one() -> Page:
        page = browser.new_page()
        page.goto(f"{address}/?m={name}")
        page.locator("text=Nothing." if name == "nothing" else "[aria-busy=false]").first.wait_for()
        return page

    pages = [open_one() for _ in range(5)]  # what grows once has grown
    before = resident()
    pages += [open_one() for _ in range(sessions)]
    grown = (resident() - before) / sessions
    for page in pages:
        page.close()
    return grown


def main() -> None:
    random.seed(0)
    with explorer_server() as (address, pid), chromium() as browser:
        for name, title in MODELS.items():
            model, trace = traced(name)
            print(f"{title}, 224 pixels: {trace.depth} layers × {trace.n_heads} heads × {trace.layout.n_tokens} tokens")
            print(f"  payload: {len(payload.pack(trace, model)) / 1e6:.2f} MB")
            frames(browser, address, name)
            first_paint(browser, address, name)
        bare = memory(browser, address, pid, "nothing")
        full = memory(browser, address, pid, "bundled")
        print(f"server memory a session: {full:.2f} MB with the explorer, {bare:.2f} MB without")


if __name__ == "__main__":
    main()
