"""The Overview says what the model answers: as its first sentence, as bars, and what each level would have said."""

from __future__ import annotations

from tests.support.sessions import opened
from ui.session.choices import DEFAULT_MODEL

PAGE = "overview"


def test_a_visitor_reads_the_name_first() -> None:
    at = opened(PAGE, model="mnist-vit", image="digit_7")
    assert at.markdown[0].value.startswith("#### The model says: **7**")
    bars = at.get("progress")
    assert len(bars) == 4
    assert bars[0].proto.text.startswith("7 · ")
    assert bars[0].proto.value >= bars[1].proto.value


def test_every_level_is_told_with_what_it_would_say() -> None:
    at = opened(PAGE, model="mnist-vit", image="digit_7")
    captions = [html.proto.body for html in at.get("html") if 'class="thumbs"' in html.proto.body]
    assert len(captions) == 1
    assert captions[0].count("%") >= 7, "the input and six blocks"
    assert "block 5: 7 " in captions[0]


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
