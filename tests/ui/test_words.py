"""One word for one thing, in what a person reads: a block is called so, not a layer."""

from __future__ import annotations

import re

import pytest

from tests.support.places import PAGES
from tests.support.sessions import healthy, opened, words

# What is called a layer in the field and is no block, or is said once so that papers can be read.
ALLOWED = re.compile(r"LayerNorm|LayerScale|\*layer\* for it|[Mm]ulti-layer|new last layer", re.IGNORECASE)


@pytest.mark.parametrize("page", PAGES)
def test_a_block_is_called_a_block(page: str) -> None:
    at = healthy(opened(page, side="112"))
    labels = [
        widget.label for kind in (at.slider, at.select_slider, at.toggle, at.button, at.expander) for widget in kind
    ]
    headings = [heading.value for heading in at.subheader]
    read = ALLOWED.sub("", " ".join([words(at), *labels, *headings]))
    read = re.sub(r"`[^`]*`", "", read)  # names of the code
    found = re.findall(r".{0,40}\blayers?\b.{0,20}", read, re.IGNORECASE)
    assert not found
