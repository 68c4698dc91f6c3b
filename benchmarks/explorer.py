"""What the attention explorer costs: frames, first paint, bytes, memory.

``python -m benchmarks.explorer``: headless Chromium, without a GPU, beside the server on the same cores; ViT-S/14
and ViT-B/16 at 224 pixels, then a ViT-S/14 at ever more tokens. *painted* is the end of the frame's own work on the
page: script, layout and paint, up to the first task after it. It is counted from the moment the page gets the event;
*with waiting* from the moment the browser did, so that up to one 16.7 ms frame of waiting for the screen is in it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks import report
from benchmarks.measure import exponent, spread
from benchmarks.served import Served
from tests.support.browser import chromium
from tests.support.explorer_server import Explorer, explorer_server, traced
from ui.parts.attention.explorer import payload

MODELS = {"bundled": "ViT-S/14", "vit-b16": "ViT-B/16"}
SIDES = (98, 224, 448, 518)  # pixels of the ViT-S/14 that grows: 50 to 1,370 tokens
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


def watched(page: Page, kind: str, act: Callable[[], None]) -> dict[str, dict[str, float]]:
    """Do ``act``; how long each event of ``kind`` took to be painted, without and with waiting, and the frames."""
    page.evaluate(_WATCH, kind)
    act()
    page.wait_for_timeout(200)
    seen = {"painted": "work", "with waiting": "waits", "frames": "frames"}
    return {what: spread(page.evaluate(f"window.{name}")) for what, name in seen.items()}


def frames(browser: Browser, address: str, name: str, moves: int) -> dict[str, Any]:
    """Wander over the picture; then drag the layer and the head slider up and down."""
    page = browser.new_page(viewport={"width": 1280, "height": 1500})
    explorer = Explorer(page, address, name)
    page.wait_for_timeout(2000)  # rollout is done by then
    box = explorer.picture.bounding_box()
    assert box, "the picture is drawn"

    def wander() -> None:
        for _ in range(moves):
            x, y = box["width"] * random.random(), box["height"] * random.random()
            page.mouse.move(box["x"] + x, box["y"] + y)

    def drag(slider: str) -> None:
        track = page.get_by_test_id(slider).bounding_box()
        assert track, "the slider is drawn"
        middle = track["y"] + track["height"] / 2
        page.mouse.move(track["x"] + 4, middle)
        page.mouse.down()
        for step in range(moves // 2):
            page.mouse.move(track["x"] + track["width"] * abs(((step * 0.07) % 2) - 1), middle)
        page.mouse.up()

    found = {
        "pointer move": watched(page, "pointermove", wander),
        "layer slider": watched(page, "input", lambda: drag("explorer-layer")),
        "head slider": watched(page, "input", lambda: drag("explorer-head")),
    }
    page.close()
    return found


def first_paint(browser: Browser, address: str, name: str, rounds: int) -> dict[str, float]:
    """From the click that chooses a picture never traced before to the explorer showing picture and heads."""
    page = browser.new_page()
    Explorer(page, address, name)
    root = page.get_by_test_id("attention-explorer")
    times = []
    for _ in range(rounds):
        before = root.get_attribute("data-ready")
        page.evaluate("addEventListener('click', () => { window.clicked = performance.now(); }, {once: 1, capture: 1})")
        page.get_by_role("button", name="Next picture").click()
        page.wait_for_function(
            "([e, before]) => e.dataset.ready && e.dataset.ready !== before && performance.now()",
            arg=[root.element_handle(), before],
        )
        times.append(page.evaluate("performance.now() - window.clicked"))
    page.close()
    return spread(times)


def memory(browser: Browser, server: Served, name: str, sessions: int = 20) -> float:
    """How many bytes the server grows with each further session."""

    def open_one() -> Page:
        page = browser.new_page()
        page.goto(f"{server.address}/?m={name}")
        page.locator("text=Nothing." if name == "nothing" else "[aria-busy=false]").first.wait_for()
        return page

    pages = [open_one() for _ in range(5)]  # what grows once has grown
    before = server.resident
    pages += [open_one() for _ in range(sessions)]
    grown = (server.resident - before) / sessions
    for page in pages:
        page.close()
    return grown


def looked_at(browser: Browser, address: str, name: str, moves: int, rounds: int) -> dict[str, Any]:
    """Everything about one model's explorer, from ``moves`` of the pointer and ``rounds`` pictures."""
    model, trace = traced(name)
    return {
        "layers": trace.depth,
        "heads": trace.n_heads,
        "tokens": trace.layout.n_tokens,
        "payload_bytes": len(payload.pack(trace, model)[0]),
        "frames": frames(browser, address, name, moves),
        "first paint": first_paint(browser, address, name, rounds),
    }


def measure(quick: bool) -> dict[str, Any]:
    """The models at 224 pixels, the growth with tokens, and memory a session (left out of ``quick``)."""
    random.seed(0)
    moves = 20 if quick else 200
    found: dict[str, Any] = {"models": {}, "growth": {}}
    with explorer_server() as server, chromium() as browser:
        for name, title in [*MODELS.items()][: 1 if quick else None]:
            found["models"][title] = looked_at(browser, server.address, name, moves, 2 if quick else 8)
        sides = SIDES[: 2 if quick else None]
        steps = [looked_at(browser, server.address, f"dinov2-s14@{side}", moves, 3) for side in sides]
        found["growth"] = {"steps": [_step(step) for step in steps]}
        found["growth"]["exponents"] = {
            key: exponent("tokens", found["growth"]["steps"], key) for key in ("move", "paint")
        }
        if not quick:
            kinds = {"with": "bundled", "without": "nothing"}
            found["session_bytes"] = {what: memory(browser, server, name) for what, name in kinds.items()}
    return found


def _step(looked: dict[str, Any]) -> dict[str, Any]:
    move, paint = looked["frames"]["pointer move"]["painted"], looked["first paint"]
    return {"tokens": looked["tokens"], "payload_bytes": looked["payload_bytes"], "move": move, "paint": paint}


def lines(found: dict[str, Any]) -> list[str]:
    text = ["Attention explorer, in headless Chromium beside the server"]
    for title, one in found["models"].items():
        text.append(
            f"  {title}: {one['layers']} layers × {one['heads']} heads × {one['tokens']} tokens, payload "
            f"{one['payload_bytes'] / 1e6:.2f} MB; picture chosen → first paint, its trace included: "
            f"{_told(one['first paint'])}"
        )
        for what, times in one["frames"].items():
            parts = " | ".join(f"{kind}: {_told(each)}" for kind, each in times.items())
            text.append(f"    {what:<13} {parts}")
    text += [
        f"  ViT-S/14, {step['tokens']:5} tokens: payload {step['payload_bytes'] / 1e6:6.2f} MB, pointer move painted "
        f"{_told(step['move'])}, first paint with its trace {_told(step['paint'])}"
        for step in found["growth"]["steps"]
    ]
    text += [f"  {report.growth(what, 'tokens', slope)}" for what, slope in found["growth"]["exponents"].items()]
    text.append(
        "  Why: a move draws one row, n numbers, on a canvas whose size does not grow; a first paint is the trace, the "
        f"packing and the sending of n² numbers a head, until {payload.LIMIT / 1e6:.0f} MB, where patches are merged."
    )
    if memory := found.get("session_bytes"):
        text.append(
            f"  server memory a session: {memory['with'] / 1e6:.2f} MB with the explorer, "
            f"{memory['without'] / 1e6:.2f} MB without"
        )
    return text


def _told(times: dict[str, float]) -> str:
    return f"median {times['median']:.1f} ms, 95 % {times['p95']:.1f}"


if __name__ == "__main__":
    report.alone("explorer", measure, lines)
