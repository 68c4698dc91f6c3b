"""The Overview says what the model answers: as its first sentence, runners-up, and what each level would have said."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest

from tests.support.sessions import opened
from ui.session.choices import DEFAULT_MODEL

PAGE = "overview"


def drawn(at: AppTest) -> dict:
    """What the picture of the whole model is drawn from."""
    [component] = [c for c in at.get("bidi_component") if c.proto.component_name == "vit_whole_model"]
    return json.loads(component.proto.json)[0]


def test_a_visitor_reads_the_name_first() -> None:
    at = opened(PAGE, model="mnist-vit", image="digit_7")
    assert at.markdown[0].value.startswith("#### The model says: **7**")
    answer = drawn(at)["answer"]
    assert len(answer) == 4
    assert answer[0]["name"] == "7"
    shares = [one["share"] for one in answer]
    assert shares == sorted(shares, reverse=True)


def test_every_level_is_told_with_what_it_would_say() -> None:
    says = drawn(opened(PAGE, model="mnist-vit", image="digit_7"))["says"]
    assert len(says) == 7, "the input and six blocks"
    assert says[-1][0] == "7"
    assert all(words.endswith("%") for _, words in says)


def test_a_picture_unlike_what_it_learned_is_told_as_such() -> None:
    at = opened(PAGE, image="temple")
    assert at.session_state.model == DEFAULT_MODEL
    (lesson,) = at.info
    assert "A classifier always answers. This one knows ten names" in lesson.value
    assert not opened(PAGE, image="cat").info
    assert at.markdown[0].value.startswith("#### The model says: **")


def test_a_model_without_names_says_so() -> None:
    at = opened(PAGE, model="dinov2-small-imgfocus")
    assert "no names" in at.markdown[0].value
    assert (drawn(at)["answer"], drawn(at)["says"]) == ([], None)
