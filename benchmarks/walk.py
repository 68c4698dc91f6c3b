"""What a person waits for from page to page: click in the menu → everything in sight drawn, milliseconds.

``python -m benchmarks.walk``: each visitor is the first of a server that has been up for some seconds, with an empty
browser, and reads a page for a few seconds before the next. Once beside the server, once over a slow network.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from benchmarks import report
from benchmarks.interaction import RESTED, opening, since, slow_network
from benchmarks.served import served
from tests.support.browser import chromium, settled, window
from ui.shell.stages import STAGES, WALK, Stage

READING = 5000  # milliseconds
NETWORKS: dict[str, Callable[[Page], Page]] = {"beside the server": lambda page: page, "over 5 Mbit/s": slow_network}


def gone_to(page: Page, stage: Stage) -> float:
    """Milliseconds from the click on a page's name to all of it drawn."""
    link = page.get_by_test_id("stSidebarNavLink").filter(has_text=stage.title)
    link.scroll_into_view_if_needed()
    mark = page.evaluate("performance.now()")
    link.click()
    expect(page.locator("#root h1")).to_have_text(stage.title)
    settled(page)
    return since(page, mark)


def walked(address: str, network: Callable[[Page], Page], stages: list[Stage]) -> dict[str, float]:
    """Each page's name → how long it took; the first page's from its address."""
    with chromium() as browser, window(browser) as opened:
        page = network(opened)
        found = {stages[0].name: opening(page, address)["picture"]}
        for stage in stages[1:]:
            page.wait_for_timeout(READING)
            found[stage.name] = gone_to(page, stage)
    return found


def measure(quick: bool) -> dict[str, dict[str, float]]:
    """Network → page → milliseconds; with ``quick``, two pages and one network."""
    stages = [stage for stage in STAGES if stage.group == WALK][: 2 if quick else None]
    found = {}
    for name in [*NETWORKS][: 1 if quick else None]:
        with served() as app:
            time.sleep(0 if quick else RESTED)
            found[name] = walked(app.address, NETWORKS[name], stages)
    return found


def lines(found: dict[str, Any]) -> list[str]:
    text = ["From page to page, the first visitor of a server, in headless Chromium beside it: click → drawn"]
    for network, times in found.items():
        text.append(f"  {network}: " + ", ".join(f"{page} {milliseconds:.0f}" for page, milliseconds in times.items()))
    return text


if __name__ == "__main__":
    report.alone("walk", measure, lines)
