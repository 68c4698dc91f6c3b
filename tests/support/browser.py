"""A real browser, for the tests that need one and for ``benchmarks/interaction.py``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

expect.set_options(timeout=60_000)  # a busy machine takes its time

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",  # a camera that films a test picture, and nobody asked for leave
    "--use-fake-ui-for-media-stream",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(browser: Browser, width: int = 1280, height: int = 900, **options: object) -> Iterator[Page]:
    """A page of a person who has not been here before; a busy machine takes its time."""
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(60_000)
    try:
        yield context.new_page()
    finally:
        context.close()


def ended(page: Page, timeout: float = 60_000) -> None:
    """Wait until the script has run through."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=timeout)


def settled(page: Page, timeout: float = 60_000) -> None:
    """Wait until the script has run through and everything it drew has arrived."""
    ended(page, timeout)
    # An element whose code the browser has not loaded yet, a slider for example, is a grey bar until then.
    page.wait_for_function("!document.querySelector('[data-testid=\"stSkeleton\"]')", timeout=timeout)
    # A picture that comes late moves what is below it, and a click that has begun there is lost.
    page.wait_for_function("[...document.images].every(image => image.complete)", timeout=timeout)
    page.wait_for_selector('[aria-busy="true"]', state="detached", timeout=timeout)  # components that fetch numbers
