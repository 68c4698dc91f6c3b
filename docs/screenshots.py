"""Take the README's screenshots of the real app: ``python -m docs.screenshots [NAME …]``, all of them if none is named.

A minute of *train* is a real training.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page

from benchmarks.served import served
from tests.support.browser import chromium, settled
from vit.training.config_file import compose
from vit.training.process.one_run import train

HERE = Path(__file__).parent
RUN = "2026-11-21/12-00-00"
# name → address, and the part of the page that is shown: its heading (None: the top), and how high.
SHOTS = {
    "overview": ("/?image=cat", None, 860),
    "attention": ("/attention?image=raccoon&layer=8&head=3", "Attention from", 900),
    "embedding": ("/patch_embedding?image=raccoon", "From colours to meaning", 900),
    "block": ("/block?image=cat&layer=9&token=cls", "CLS in block 9", 900),
    "output": ("/output?image=cat", "Which patch says what", 900),
    "why": ("/why?image=cat", "Which patches speak for it", 1000),
    "what_if": ("/what_if?image=cat", "Hide patches", 900),
    "verify": ("/verify", None, 900),
    "teach": ("/teach", "1. Name your classes", 1000),
    "train": (f"/train?run={RUN}", "What it sees, checkpoint", 900),
}


def shoot(page: Page, name: str, address: str, heading: str | None, height: int) -> None:
    page.set_viewport_size({"width": 1280, "height": height})
    page.goto(address)
    settled(page, 180_000)
    if name == "verify":
        page.get_by_role("button", name="Compare now").click()
        page.get_by_text("Both agree").first.wait_for()
        settled(page, 180_000)
    if name == "what_if":
        page.get_by_role("button", name="25 % it looks at most").click()
        page.get_by_text("In sight: 192 of 256").wait_for()
        settled(page, 180_000)
    if name == "teach":
        page.get_by_role("button", name="Show me with the sample pictures").click()
        page.get_by_text("pictures are named rightly").wait_for()
        settled(page, 180_000)
    if heading:
        page.get_by_text(heading).first.evaluate("e => e.scrollIntoView({block: 'start'})")
        page.mouse.move(5, 5)
    page.wait_for_timeout(2500)  # plots draw themselves after the script has ended
    picture = Image.open(BytesIO(page.screenshot()))
    picture.convert("RGB").save(HERE / f"{name}.png", optimize=True)  # a palette would lose viridis' yellow


def main() -> None:
    names = sys.argv[1:] or list(SHOTS)
    with TemporaryDirectory() as runs, chromium() as browser, served({"VIT_EXPLAINER_RUNS_FOLDER": runs}) as app:
        if "train" in names:
            train(compose(["preset=mnist-live"]), Path(runs) / RUN)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        for name in names:
            path, heading, height = SHOTS[name]
            shoot(page, name, app.address + path, heading, height)


if __name__ == "__main__":
    main()
