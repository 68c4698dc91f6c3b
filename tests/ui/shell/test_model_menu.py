"""Choosing models in the interface: any folder or Hub id, resolutions, words against pictures, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import SMALL, random_model
from tests.support.families import CASES
from tests.ui.test_pages import PAGES, healthy, opened
from tests.vit.reference.test_text_half import save_tokenizer
from vit.checkpoints.loading import save_pretrained


def use(at: AppTest, folder: Path) -> AppTest:
    """What loading a folder in the dialog leaves behind, then a run."""
    at.session_state["added"] = [str(folder)]
    at.session_state["model"] = str(folder)
    return healthy(at.run())


def page(stem: str) -> Path:
    return next(path for path in PAGES if path.stem == stem)


def captions(at: AppTest) -> str:
    return " ".join(caption.value for caption in at.caption)


@pytest.mark.parametrize("kind", SMALL)
def test_every_page_takes_every_kind_of_model(kind: str, tmp_path: Path) -> None:
    save_pretrained(random_model(SMALL[kind]), tmp_path / "model")
    at = use(opened(page("overview")), tmp_path / "model")
    for path in PAGES:
        healthy(at.switch_page(f"pages/{path.name}").run())
        assert not at.error
        assert "· model ·" in captions(at), "the last part of the folder, not the whole path"


def test_a_digit_model_brings_digits_and_the_pad(tmp_path: Path) -> None:
    save_pretrained(random_model(SMALL["digits"]), tmp_path / "digits")
    at = use(opened(page("patches"), image="rocket"), tmp_path / "digits")
    assert "digit" in captions(at)
    assert at.segmented_control(key="source_menu").options == ["Samples", "Upload", "Camera", "Draw"]
    healthy(at.segmented_control(key="source_menu").set_value("Draw").run())
    healthy(at.selectbox(key="model_menu").set_value("dinov2-small-imgfocus").run())
    assert "**cat**" in captions(at), "back among photographs"


def test_other_resolutions(tmp_path: Path) -> None:
    at = opened(page("patches"), side="336")
    assert "24 × 24 patches + CLS = **577 tokens**" in captions(at)
    assert at.query_params["side"] in ("336", ["336"])
    healthy(at.selectbox(key="side_menu").set_value(224).run())
    assert "257 tokens" in captions(at)
    assert "257 tokens" in captions(opened(page("patches"), side="225")), "not a multiple of the patch: the default"


def test_a_link_cannot_name_a_folder(tmp_path: Path) -> None:
    save_pretrained(random_model(SMALL["cls"]), tmp_path / "secret")
    at = opened(page("patches"), model=str(tmp_path / "secret"))
    assert "dinov2" in captions(at)
    assert at.session_state.model == "dinov2-small-imgfocus"


def test_a_model_that_vanished_is_replaced_with_a_sentence(tmp_path: Path) -> None:
    at = use(opened(page("patches")), tmp_path / "gone")
    (warning,) = at.warning
    assert "The bundled model is used instead." in warning.value
    assert "257 tokens" in captions(at)


@pytest.mark.parametrize(("name", "says"), [("CLIP", "softmax"), ("SigLIP", "sigmoid")])
def test_words_against_the_picture(name: str, says: str, tmp_path: Path) -> None:
    CASES[name].build().save_pretrained(tmp_path)
    save_tokenizer(tmp_path)
    at = use(opened(page("output")), tmp_path)
    assert "No classes here" not in [heading.value for heading in at.subheader]
    at.text_area[0].set_value("a cat\nrocket\n<b>two</b>")
    compare = next(button for button in at.button if button.label == "Compare")
    healthy(compare.click().run())
    assert says in captions(at)
    at.text_input[0].set_value("no place for the class")
    healthy(next(button for button in at.button if button.label == "Compare").click().run())
    assert "Write at least one class" in at.info[0].value
