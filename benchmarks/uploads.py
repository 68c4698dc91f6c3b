"""Large photographs brought in a browser: until the page stands, and what the server computes for it.

``python -m benchmarks.uploads`` tells, for each page, kind of file and megapixels, the best and the median of
pictures that the server has not seen before, on one that is warm: from the file chosen to the new picture drawn; the
median's parts are sending the file, the server's run, and what the browser does before, between and after. Seconds on
the clock are those of a machine that also runs the browser; computing time is the server's alone, on however many
cores. ``--only PAGE KIND MEGAPIXELS`` measures one of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from benchmarks import report
from benchmarks.interaction import Wire, opening, upload
from benchmarks.pictures import SIZES, photograph
from benchmarks.report import Row
from benchmarks.served import Served, served
from tests.support.browser import chromium, settled
from ui.shell.stages import stage_of

Case = tuple[str, int]  # the kind of file, as Pillow calls it, and megapixels
PAGES = ("overview", "patches")
CASES = (("JPEG", 2), ("JPEG", 12), ("PNG", 12), ("HEIF", 12), ("JPEG", 25))
WARM = ("JPEG", 2)
PICTURES = 7


def copies(kind: str, megapixels: int, folder: Path) -> Iterator[Path]:
    """The same photograph again and again, in files that differ in bytes after its end: to the server each is new."""
    data = photograph(*SIZES[megapixels], kind=kind)
    for number in count():
        free = (16).to_bytes(4) + b"free" + number.to_bytes(8)  # a box to be skipped, where a file is made of boxes
        file = folder / f"{kind}-{megapixels}-{number}.{kind.lower()}"
        file.write_bytes(data + free)
        yield file
        file.unlink()


def measured(page: Page, app: Served, wire: Wire, files: Iterator[Path]) -> str:
    """A line about ``PICTURES`` of them."""
    rows = []
    for _ in range(PICTURES):
        before = app.seconds()
        drawn = upload(page, next(files)) / 1000
        came, ran = wire.asked - wire.brought, wire.ended - wire.asked
        rows.append((drawn, came, ran, drawn - came - ran, app.seconds() - before))
    best, (seconds, came, ran, rest, computed) = min(rows), map(median, zip(*rows, strict=True))
    return (
        f"drawn after {best[0]:.2f} s (median {seconds:.2f}: {came:.2f} sent, {ran:.2f} served, {rest:.2f} else), "
        f"{min(row[-1] for row in rows):.2f} s computed (median {computed:.2f})"
    )


def rows(pages: Sequence[str] = PAGES, cases: Sequence[Case] = CASES) -> Iterator[Row]:
    with TemporaryDirectory() as folder, chromium() as browser, served() as app:
        files = {(kind, size): copies(kind, size, Path(folder)) for kind, size in {WARM, *cases}}
        for name in pages:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(120_000)
            opening(page, f"{app.address}/{stage_of(name).path}")
            page.get_by_text("Upload", exact=True).click()
            settled(page)
            wire = Wire(page)
            measured(page, app, wire, files[WARM])
            for kind, size in cases:
                what = f"a {kind} of {size} megapixels brought in a browser, {name}"
                yield what, measured(page, app, wire, files[kind, size])
            page.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.uploads")
    parser.add_argument("--only", nargs=3, metavar=("PAGE", "KIND", "MEGAPIXELS"))
    only = parser.parse_args().only
    report.table(rows((only[0],), ((only[1], int(only[2])),)) if only else rows())
