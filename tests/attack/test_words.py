"""What people type or name stays words: in Markdown, in figures, in the page. A real browser says whether it did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.served import served
from tests.conftest import SAMPLES
from tests.support.browser import CHROMIUM, chromium, settled
from ui.widgets.markdown import escape
from vit.figures.output import lens_lines, top_bars
from vit.figures.training import Curve, comparison, confusion_map
from vit.pictures.open import PictureError, open_image

TAGS = [
    "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<b>bold</b>" * 9, "&lt;img&gt;",
    "![](http://192.0.2.1/x.png)", "[x](javascript:alert(1))", "$\\frac{1}{0}$", ":material/home:", "# heading",
    "a\n\n# heading", "www.example.org", "someone@example.org", "`code`", "| table |", "\\", "x" * 3000, "a\\" * 400,
]  # fmt: skip


@pytest.mark.parametrize("text", TAGS)
def test_an_escaped_name_is_one_line_of_plain_words(text: str) -> None:
    """A Markdown reader makes of it the very words, and nothing else."""
    from markdown_it import MarkdownIt

    escaped = escape(text)
    (paragraph,) = [token for token in MarkdownIt("commonmark").parse(f"*{escaped}*") if token.type == "inline"]
    kinds = [child.type for child in paragraph.children]
    assert kinds[0] == "em_open"
    assert kinds[-1] == "em_close"
    assert set(kinds[1:-1]) <= {"text", "text_special"}
    assert "".join(child.content for child in paragraph.children) == " ".join(text.split())[:700]


def test_no_tag_reaches_a_figure() -> None:
    """Plotly takes some tags in its texts for tags, links among them; in all it draws names are escaped."""
    names, two = TAGS[:3], np.array([0.5, 0.3, 0.2])
    curve = Curve(np.arange(3.0), two)
    figures = [
        top_bars(names, two),
        lens_lines(names, np.stack([two, two])),
        comparison(dict.fromkeys(names, curve)),
        confusion_map(np.eye(3, dtype=int), names),
    ]
    for figure in figures:
        text = figure.to_json().replace("\\u003c", "<")
        assert not [tag for tag in ("<img", "<a ", "<b>bold") if tag in text]


def test_a_refused_file_s_name_stays_in_one_line() -> None:
    with pytest.raises(PictureError) as caught:
        open_image(b"words", "a\n# heading\n![](http://192.0.2.1/x).png")
    assert "\n" not in str(caught.value)


NAMES = ["![](http://192.0.2.1/a.png).png", "<img src=http:x onerror=window.hacked=1>.png", "[a](javascript:1).png"]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_names_of_files_are_only_words_in_a_browser(tmp_path: Path) -> None:
    """As the name of a picture that is shown, and in the sentence about one that cannot be."""
    with served() as app, chromium() as browser:
        page = browser.new_page()
        strange: list[str] = []
        page.on(
            "request",
            lambda r: None if r.url.startswith((app.address, "data:", "blob:")) else strange.append(r.url),
        )
        page.goto(f"{app.address}/patches", timeout=120_000)
        settled(page)
        page.get_by_test_id("stSidebar").get_by_text("Upload", exact=True).click()
        for name in NAMES:
            for data in (SAMPLES[0].read_bytes(), b"no picture"):
                chooser = page.locator('input[type="file"]')
                chooser.set_input_files({"name": name, "mimeType": "image/png", "buffer": data})
                place = page.get_by_test_id("stMain")
                shown = place.get_by_text("is not a PNG") if data == b"no picture" else place.get_by_text("257 tokens")
                shown.first.wait_for(timeout=60_000)
                place.get_by_text(name[:12]).first.wait_for(timeout=60_000)
                settled(page)
        main = page.get_by_test_id("stMain")
        assert main.locator("a[href^='javascript'], img[src*='192.0.2.1'], img[onerror]").count() == 0
        assert page.evaluate("window.hacked") is None
        assert not [url for url in strange if not url.startswith("ws")]
