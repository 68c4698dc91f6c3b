"""What pages teach: every page says its goal and asks a question; every word it lists is explained and used."""

from __future__ import annotations

import pytest

from tests.support.places import PAGES, ROOT
from tests.support.sessions import opened, words
from ui.shell.glossary import GLOSSARY


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_it_teaches_asks_for_it_and_explains_its_own_words(page: str) -> None:
    at = opened(page)
    shown = words(at)
    assert "After this page you can " in shown
    assert "Try it yourself." in shown
    assert [expander.label for expander in at.expander].count("Answer") == 1
    explained = [term for term, meaning in GLOSSARY.items() if f"**{term}**: {meaning}" in shown]
    assert len(explained) >= 3
    for term in explained:
        shown = shown.replace(f"**{term}**: {GLOSSARY[term]}", "")
    components = (ROOT / "ui" / "parts" / page).rglob("*.*")  # what is drawn in the browser
    used = (shown + " ".join(file.read_text(encoding="utf-8") for file in components if file.suffix != ".pyc")).lower()
    assert [term for term in explained if term.split(",")[0].lower() not in used] == []


def test_no_explanation_is_long() -> None:
    assert all(len(text) < 250 and text.endswith((".", ")")) for text in GLOSSARY.values())
