"""The page Why on models with classes and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.families import CASES
from tests.support.models import SMALL, noise, random_model, saved_model
from tests.support.sessions import captions, healthy, link, opened, press, with_model, words
from tests.vit.reference.test_text_half import save_tokenizer
from ui.parts.why.computed import changes_with_weights
from vit.analysis.evidence.methods import SHOWN
from vit.analysis.evidence.target import of_class


def digits(**parameters: str) -> AppTest:
    return opened("why", model="mnist-vit", image="digit_3", **parameters)


def test_a_classifier_is_asked_why_its_answer() -> None:
    at = digits()
    said = words(at)
    assert "The number to explain: the **logit** of **3**" in said
    assert "is supported best here" in said or "beats chance here" in said
    assert all(f"**{name}**" in said for name in SHOWN)
    assert "The parts sum to" in captions(at)
    assert "explain" not in at.query_params


def test_another_class_and_one_rather_than_another_stand_in_the_link() -> None:
    at = digits()
    healthy(at.selectbox(key="why_class").set_value(8).run())
    assert "of **8**" in words(at)
    assert link(at)["explain"] == "8"
    healthy(at.selectbox(key="why_other").set_value(3).run())
    assert "difference of the logits** of **8 rather than 3**" in words(at)
    assert "if these two were all there are" in words(at)
    assert "the probability of 8 rather than 3" in words(at)
    assert link(at)["explain"] == "8-3"
    assert "8 rather than 3" in words(digits(explain="8-3"))


@pytest.mark.parametrize("explain", ["99", "3-3", "-1", "three", "3-99", "9" * 30])
def test_what_cannot_be_explained_is_the_answer(explain: str) -> None:
    assert "of **3**" in words(digits(explain=explain))


def test_the_slow_methods_come_when_asked_for() -> None:
    at = digits()
    for name in ("integrated gradients", "occlusion"):
        healthy(at.toggle(key=f"why_{name}").set_value(True).run())
        assert f"**{name}**" in words(at)
    assert link(at)["also"] == "integrated-gradients,occlusion"
    healthy(at.toggle(key="why_occlusion").set_value(False).run())
    assert link(at)["also"] == "integrated-gradients"
    said = words(digits(also="occlusion,nonsense"))
    assert "**occlusion**" in said
    assert "**integrated gradients**" not in said


def test_a_head_is_unfolded_and_stays_chosen() -> None:
    at = digits(layer="2", head="1")
    assert "**Block 2, head 1 brought" in words(at)
    healthy(at.slider(key="why_block").set_value(5).run())
    assert "**Block 5, head 1 brought" in words(at)
    assert at.session_state.layer == 5


def test_maps_must_change_with_the_weights() -> None:
    at = press(digits(), "Shuffle the weights and make the maps again")
    assert "passes: changed" in words(at)
    assert "Rank correlation" in captions(at)


def test_a_map_without_anything_on_it_passes_no_check() -> None:
    model = random_model(SMALL["cls"])
    for block in model.blocks:
        block.attention.out.weight.zero_()  # no patch has a say
    trace = model.trace(noise(model.config))
    found = changes_with_weights(("flat",), ("class", "0"), model, trace, of_class(model, 0, ""))
    assert found["AttnLRP"] is None
    assert found["LeGrad"] is None
    assert found["attention"] is not None


@pytest.mark.parametrize("name", ["registers", "map", "rotary", "distilled", "mean, sincos2d"])
def test_models_of_every_kind(name: str, tmp_path: Path) -> None:
    folder = saved_model(tmp_path / "model", name)
    at = with_model(opened("why", model="mnist-vit"), folder)
    said = words(at)
    assert all(f"**{name}**" in said for name in SHOWN)
    if name in ("registers", "map", "rotary"):
        assert "This model has no classes" in said
        assert "length of the output" in said


@pytest.mark.parametrize("name", ["CLIP", "SigLIP"])
def test_a_text_is_explained_and_another_beside_it(name: str, tmp_path: Path) -> None:
    folder = CASES[name].save(tmp_path / "model")
    save_tokenizer(folder)
    at = with_model(opened("why", model="mnist-vit"), folder)
    assert "What is explained is **its output vector**" in words(at)
    at.text_input[0].set_value("a *cat*")
    press(at, "Explain")
    assert "the **fit** of **“a *cat*”**" in words(at)
    assert link(at)["text"] == "a *cat*"
    again = with_model(opened("why", model="mnist-vit", text="a *cat*", rather=" rocket"), folder)
    assert "of **“a *cat*” rather than “rocket”**" in words(again)
    at.text_input[1].set_value("rocket")
    press(at, "Explain")
    said = words(at)
    assert "the **difference of the fits** of **“a *cat*” rather than “rocket”**" in said
    assert "Beware of that one" in said
    assert "is supported best here" in said or "beats chance here" in said


def test_two_texts_that_are_one_to_the_model_are_explained_once(tmp_path: Path) -> None:
    folder = CASES["CLIP"].save(tmp_path / "model")
    save_tokenizer(folder)
    at = with_model(opened("why", model="mnist-vit", text="cat rocket", rather="cat  rocket"), folder)
    assert "To this model both texts are the same" in captions(at)
    assert "the **fit** of **“cat rocket”**" in words(at)


def test_a_model_whose_words_cannot_be_read_says_so_and_explains_its_output(tmp_path: Path) -> None:
    at = with_model(opened("why", model="mnist-vit"), CASES["CLIP"].save(tmp_path / "model"))
    at.text_input[0].set_value("a cat")
    press(at, "Explain")
    assert "tokenizer" in at.error[0].value
    assert "What is explained is **its output vector**" in words(at)
