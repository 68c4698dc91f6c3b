"""Take the README's screenshots of the real app: ``python -m docs.screenshots``; a minute of it is a real training."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page

from benchmarks.served import served
from tests.browser import chromium, settled
from vit.training.config_file import compose
from vit.training.run import train

HERE = Path(__file__).parent
RUN = "2026-11-21/12-00-00"
# name → address, and the part of the page that is shown: its heading (None: the top), and how high.
SHOTS = {
    "overview": ("/?image=cat", None, 1330),
    "attention": ("/attention?image=raccoon&layer=8&head=3", "Attention from", 900),
    "embedding": ("/patch_embedding?image=raccoon", "From colours to meaning", 900),
    "position": ("/position?image=temple", "Which places are alike", 900),
    "verify": ("/verify", None, 900),
    "train": (f"/train?run={RUN}", "What it sees, checkpoint", 900),
}


def shoot(page: Page, name: str, address: str, heading: str | None, height: int) -> None:
    page.set_viewport_size({"width": 1280, "height": height})
    page.goto(address)
    settled(page)
    if name == "verify":
        page.get_by_role("button", name="Compare now").click()
        page.get_by_text("Both agree").first.wait_for()
        settled(page)
    if heading:
        page.get_by_text(heading).first.evaluate("e => e.scrollIntoView({block: 'start'})")
        page.mouse.move(5, 5)
    page.wait_for_timeout(2500)  # plots draw themselves after the script has ended
    picture = Image.open(BytesIO(page.screenshot()))
    picture.convert("RGB").save(HERE / f"{name}.png", optimize=True)  # a palette would lose viridis' yellow


def main() -> None:
    with TemporaryDirectory() as runs, chromium() as browser, served({"VIT_EXPLAINER_RUNS_FOLDER": runs}) as app:
        train(compose(["preset=mnist-live"]), Path(runs) / RUN)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        for name, (path, heading, height) in SHOTS.items():
            shoot(page, name, app.address + path, heading, height)


if __name__ == "__main__":
    main()
