"""What pages teach: every page says its goal and asks a question; every word it lists is explained and used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.places import PAGES, ROOT
from tests.support.sessions import alone, opened, with_model, words
from tests.support.words import EXPLAINED
from ui.shell.glossary import GLOSSARY, explained


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_it_teaches_asks_for_it_and_explains_its_own_words(page: str) -> None:
    at = opened(page, side="112")
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


@pytest.mark.parametrize(
    ("page", "of_classes"), [("overview", "would say"), ("output", "temperature"), ("why", "another class")]
)
def test_a_model_without_classes_is_asked_nothing_about_them(
    page: str, of_classes: str, small_folders: dict[str, Path]
) -> None:
    def question(model: str) -> str:
        return words(with_model(alone(page), small_folders[model])).partition("Try it yourself.")[2]

    assert of_classes in question("digits")
    assert question("map")
    assert of_classes not in question("map")


def test_no_explanation_is_long() -> None:
    assert all(len(text) < 250 and text.endswith((".", ")")) for text in GLOSSARY.values())


@pytest.mark.parametrize("folder", ["ui/parts", "pages"])
def test_words_are_explained_in_captions_too(folder: str) -> None:
    files = (ROOT / folder).rglob("*.py")
    assert [file.name for file in files if "st.caption(" in file.read_text(encoding="utf-8")] == []


def linked(text: str) -> list[str]:
    """The words that were made links to their explanations."""
    return [word for word, _ in EXPLAINED.findall(explained(text))]


def test_a_word_is_explained_where_it_stands_first() -> None:
    assert linked("**Patches** become tokens; a token is a vector.") == ["Patches", "tokens", "vector"]
    assert linked('A [word](#word-x "with (a token) in it") and a token.') == ["word", "token"]
    assert linked("The residual stream of sub-tokens, `token`, $token$ and [a token](page).") == ["residual stream"]
    assert linked("Each asks with a **query**; the largest value is key.") == ["query"]


@pytest.mark.parametrize("term", GLOSSARY)
def test_every_explanation_can_stand_in_a_link(term: str) -> None:
    for word in term.split(", "):
        assert linked(f"See **{word}** there.")[0] == word
