"""The embedding, position and output pages with models of every kind: each says what is true of that model."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.models import SMALL, SMALL_AND_FAST
from tests.support.places import SAMPLES
from tests.support.sessions import alone, with_model, words


def opened(page: str, model: Path, **choices: object) -> AppTest:
    """The page by itself, with the model in a folder."""
    at = with_model(alone(page), model, **choices)
    assert not at.warning, [warning.value for warning in at.warning]
    return at


@pytest.mark.parametrize("name", SMALL_AND_FAST)
@pytest.mark.parametrize("page", ["patch_embedding", "position", "output"])
def test_every_kind_of_model_has_its_page(page, name, small_folders):
    at = opened(page, small_folders[name])
    config = SMALL[name]
    assert f"{config.grid[1]} × {config.grid[0]} patches" in words(at)
    assert {"Download", "The code that does this"} <= {expander.label for expander in at.expander}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("cls", "learned position embedding"),
        ("mean, sincos2d", "sin-cos position encoding"),
        ("digits", "sin-cos position encoding"),
        ("rotary", "rotary positions"),
        ("no position", "no positions at all"),
    ],
)
def test_the_position_page_says_what_this_model_does(name, says, small_folders):
    at = opened("position", small_folders[name])
    assert says in words(at)
    cosines = re.findall(r"cosine with the first output ([\d.]+)", words(at))
    assert len(cosines) == (0 if name == "no position" else 3)
    assert "1.0000" not in cosines, "no difference is rounded away"
    assert not cosines or cosines[0] == "1"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("registers", "no classification head"),
        ("map", "attention pooling head"),
        ("mean, sincos2d", "mean of the 12 patches"),
        ("distilled", "distillation token"),
    ],
)
def test_the_output_page_says_what_is_read(name, says, small_folders):
    assert says in words(opened("output", small_folders[name]))


def test_temperature_changes_the_probabilities_and_not_the_order(small_folders):
    at = opened("output", small_folders["digits"])
    table = next(m.value for m in at.markdown if m.value.startswith("| after block"))
    at.select_slider(key="temperature").set_value(10.0).run()
    hotter = next(m.value for m in at.markdown if m.value.startswith("| after block"))
    assert hotter != table
    leaders = [[row.split("|")[2] for row in rows.splitlines()[2:]] for rows in (table, hotter)]
    assert leaders[0] == leaders[1]
    assert len(leaders[0]) == SMALL["digits"].depth + 1


def test_a_link_to_a_layer_opens_the_level_after_it(small_folders):
    at = opened("patch_embedding", small_folders["cls"], layer=1)
    assert "after block 1: the three colours hold" in words(at)
    at.session_state.before_blocks = True
    at.run()
    assert "before block 0: the three colours hold" in words(at)
    assert at.session_state.layer == 1  # other pages keep their layer


def test_the_sincos_sliders_change_the_formula(small_folders):
    at = opened("position", small_folders["cls"])
    assert not [slider for slider in at.slider if slider.key == "sincos_width"], "nothing is made of what is folded"
    at.session_state["sincos"] = True
    at.run()
    at.slider(key="sincos_width").set_value(128).run()
    assert any("2j/128" in latex.value for latex in at.latex)
    at.segmented_control(key="sincos_shape").set_value("On a grid (2-D)").run()
    assert not at.exception
    assert any("-j/32" in latex.value for latex in at.latex)


def test_neighbours_are_computed_when_asked_for_and_the_picture_is_like_itself(small_folders):
    at = opened("output", small_folders["cls"])
    at.toggle(key="neighbours").set_value(True).run()
    assert not at.exception
    html = " ".join(element.proto.body for element in at.get("html"))
    assert "<figcaption>1</figcaption>" in html
    assert html.count("<figure") == len(SAMPLES)
