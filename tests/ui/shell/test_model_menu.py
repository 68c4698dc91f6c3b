"""Choosing models in the interface: any folder or Hub id, resolutions, words against pictures, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.families import CASES
from tests.support.models import SMALL_AND_FAST
from tests.support.places import PAGES
from tests.support.sessions import captions, go, healthy, link, opened, press, with_model
from tests.vit.reference.test_text_half import save_tokenizer
from ui.session.choices import DEFAULT_MODEL


@pytest.mark.parametrize("kind", SMALL_AND_FAST)
def test_every_page_takes_every_kind_of_model(kind: str, small_folders: dict[str, Path]) -> None:
    at = with_model(opened("overview"), small_folders[kind])
    for page in PAGES:
        go(at, page)
        assert not at.error
        assert f"· {small_folders[kind].name} ·" in captions(at), "the last part of the folder, not the whole path"


def test_a_digit_model_brings_digits_and_the_pad(small_folders: dict[str, Path]) -> None:
    at = with_model(opened("patches", image="rocket"), small_folders["digits"])
    assert "digit" in captions(at)
    assert at.segmented_control(key="source_menu").options == ["Samples", "Upload", "Camera", "Draw"]
    healthy(at.segmented_control(key="source_menu").set_value("Draw").run())
    healthy(at.selectbox(key="model_menu").set_value("dinov2-small-imgfocus").run())
    assert "**cat**" in captions(at), "back among photographs"


def test_other_resolutions() -> None:
    at = opened("patches", side="336")
    assert "24 × 24 patches + CLS = **577 tokens**" in captions(at)
    assert link(at)["side"] == "336"
    healthy(at.selectbox(key="side_menu").set_value(224).run())
    assert "257 tokens" in captions(at)
    assert "257 tokens" in captions(opened("patches", side="225")), "not a multiple of the patch: the default"


def test_relative_positions_are_shown_at_their_own_size_only(small_folders: dict[str, Path]) -> None:
    at = with_model(opened("patches", side="336", crop="no"), small_folders["norm behind, relative"])
    assert "3 × 2 patches" in captions(at)
    assert len(at.selectbox(key="side_menu").options) == 1
    assert at.segmented_control(key="whole_menu").disabled


def test_a_link_cannot_name_a_folder(small_folders: dict[str, Path]) -> None:
    at = opened("patches", model=str(small_folders["cls"]))
    assert DEFAULT_MODEL in captions(at)
    assert at.session_state.model == DEFAULT_MODEL


def test_a_model_that_vanished_is_replaced_with_a_sentence(tmp_path: Path) -> None:
    at = with_model(opened("patches"), tmp_path / "gone")
    (warning,) = at.warning
    assert "The bundled model is used instead." in warning.value
    assert "257 tokens" in captions(at)


@pytest.mark.parametrize(("name", "says"), [("CLIP", "softmax"), ("SigLIP", "sigmoid")])
def test_words_against_the_picture(name: str, says: str, tmp_path: Path) -> None:
    CASES[name].build().save_pretrained(tmp_path)
    save_tokenizer(tmp_path)
    at = with_model(opened("output"), tmp_path)
    assert "No classes here" not in [heading.value for heading in at.subheader]
    at.text_area[0].set_value("a cat\nrocket\n<b>two</b>")
    press(at, "Compare")
    assert says in captions(at)
    at.text_input[0].set_value("no place for the class")
    press(at, "Compare")
    assert "Write at least one class" in at.info[0].value
