"""The document that a browser gets first has the page's words in it, whichever page it asks for."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import streamlit as st
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from tests.support.places import ROOT
from ui.shell import code_ahead
from ui.shell.first_words import FirstWords, with_words
from ui.shell.stages import STAGES, Stage, page_title


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(st.App(ROOT / "main.py", middleware=[Middleware(FirstWords)])) as client:
        yield client


class Read(HTMLParser):
    """The text in each kind of element, and the attributes of each."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self._within = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        self.attributes.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts[self._within] = self.texts.get(self._within, "") + data


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_the_document_of_every_page_says_what_it_is(client: TestClient, stage: Stage) -> None:
    answer = client.get(f"/{stage.path}?image=coffee")
    document = Read(answer.text)
    assert document.texts["title"].strip() == page_title(stage)
    assert document.texts["h1"] == stage.title
    assert document.texts["p"].endswith(stage.summary)
    assert ("meta", {"name": "description", "content": stage.summary}) in document.attributes
    assert ("div", {"id": "root"}) in document.attributes  # where Streamlit draws


def test_an_unknown_address_says_what_streamlit_will_show_there(client: TestClient) -> None:
    assert Read(client.get("/nowhere").text).texts["h1"] == STAGES[0].title


def test_the_words_come_packed_and_no_copy_of_them_is_called_good_by_the_files_date(client: TestClient) -> None:
    with client.stream("GET", "/patches", headers={"accept-encoding": "gzip"}) as answer:
        sent = b"".join(answer.iter_raw())
    assert STAGES[1].summary in gzip.decompress(sent).decode()
    assert int(answer.headers["content-length"]) == len(sent)
    assert not {"etag", "last-modified"} & set(answer.headers)


@pytest.mark.parametrize("name", code_ahead.NAMES)
def test_code_that_later_pages_need_is_in_streamlits_build_and_asked_for(client: TestClient, name: str) -> None:
    (file,) = code_ahead.FOLDER.glob(f"{name}.*.js")
    assert f'"./static/js/{file.name}"' in client.get("/").text
    assert client.get(f"/static/js/{file.name}").status_code == 200


def test_other_answers_stay_as_they_are(client: TestClient) -> None:
    assert client.get("/_stcore/health").text == "ok"
    head = client.head("/")
    assert head.status_code == 200
    assert not head.content


def test_words_are_text_not_html() -> None:
    stage = Stage("overview", "<b>&", 'a "quoted" <script>', "The walk")
    assert "<b>" not in with_words("<title>Streamlit</title></body>", stage)
    assert "<script>'" not in with_words("<title>Streamlit</title></body>", stage)


def test_a_document_of_another_kind_is_passed_on() -> None:
    assert with_words("<p>Moved</p>", STAGES[0]) == "<p>Moved</p>"
