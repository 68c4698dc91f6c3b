"""What people type or name stays words: in Markdown, in figures, in the page."""

from __future__ import annotations

import numpy as np
import pytest

from ui.widgets.markdown import escape
from vit.figures.curves import Curve
from vit.figures.output import lens_lines, top_bars
from vit.figures.training import comparison, confusion_map
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
