"""Large photographs brought in a browser: until the page stands, and what the server computes for it.

``python -m benchmarks.uploads`` prints, by megapixels, the best and the median of five pictures that the server has
not seen before, on one that is warm. Seconds on the clock are those of a machine that also runs the browser;
computing time is the server's alone, on however many cores.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.interaction import opening, upload
from benchmarks.pictures import SIZES, photograph
from benchmarks.served import served
from tests.support.browser import chromium, settled

MEGAPIXELS, PICTURES = (2, 12, 25), 5


def main() -> None:
    with TemporaryDirectory() as folder, chromium() as browser, served() as app:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)
        opening(page, app.address)
        page.get_by_text("Upload", exact=True).click()
        settled(page)
        for megapixels in (MEGAPIXELS[0], *MEGAPIXELS):  # the first lot once more: until then it is not warm
            seconds, computed = [], []
            for number in range(PICTURES):
                file = Path(folder) / f"{megapixels}-{number}-{len(list(Path(folder).iterdir()))}.jpg"
                file.write_bytes(photograph(*SIZES[megapixels], seed=len(list(Path(folder).iterdir()))))
                before = app.seconds()
                seconds.append(upload(page, file) / 1000)
                computed.append(app.seconds() - before)
            print(
                f"{megapixels} megapixels: drawn after {min(seconds):.2f} s (median {median(seconds):.2f}), "
                f"{min(computed):.2f} s computed (median {median(computed):.2f})"
            )


if __name__ == "__main__":
    main()
