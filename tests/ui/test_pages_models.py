"""The embedding, position and output pages with models of every kind: each says what is true of that model."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT, SMALL, random_model
from ui.session.samples import PHOTOS
from vit.checkpoints.loading import save_pretrained


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The small models, saved as training saves them."""
    root = tmp_path_factory.mktemp("models")
    folders = {name: root / name.replace(", ", "-").replace(" ", "-") for name in SMALL}
    for name, folder in folders.items():
        save_pretrained(random_model(SMALL[name]), folder)
    return folders


def opened(page: str, model: Path | str, **choices: object) -> AppTest:
    """The page with a model from a folder, which a person may choose and a link may not."""
    at = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
    at.run()
    at.session_state.added = [str(model)]  # as the menu does when a person names a folder
    at.session_state.model = str(model)
    for name, value in choices.items():
        at.session_state[name] = value
    at.run()
    assert not at.exception, [error.value for error in at.exception]
    assert not at.warning, [warning.value for warning in at.warning]
    return at


def words(at: AppTest) -> str:
    return " ".join(element.value for kind in (at.markdown, at.caption, at.info, at.latex) for element in kind)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("page", ["patch_embedding", "position", "output"])
def test_every_kind_of_model_has_its_page(page, name, folders):
    at = opened(page, folders[name])
    config = SMALL[name]
    assert f"{config.grid[0]} × {config.grid[1]} patches" in words(at)
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
def test_the_position_page_says_what_this_model_does(name, says, folders):
    at = opened("position", folders[name])
    assert says in words(at)
    assert len(at.metric) == (0 if name == "no position" else 3)
    assert all("1.0000" not in metric.value for metric in at.metric), "no difference is rounded away"
    assert not at.metric or at.metric[0].value == "1"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("registers", "no classification head"),
        ("map", "attention pooling head"),
        ("mean, sincos2d", "mean of the 12 patches"),
        ("distilled", "distillation token"),
    ],
)
def test_the_output_page_says_what_is_read(name, says, folders):
    assert says in words(opened("output", folders[name]))


def test_temperature_changes_the_probabilities_and_not_the_order(folders):
    at = opened("output", folders["digits"])
    table = next(m.value for m in at.markdown if m.value.startswith("| after block"))
    at.select_slider(key="temperature").set_value(10.0).run()
    hotter = next(m.value for m in at.markdown if m.value.startswith("| after block"))
    assert hotter != table
    leaders = [[row.split("|")[2] for row in rows.splitlines()[2:]] for rows in (table, hotter)]
    assert leaders[0] == leaders[1]
    assert len(leaders[0]) == SMALL["digits"].depth + 1


def test_a_link_to_a_layer_opens_the_level_after_it(folders):
    at = opened("patch_embedding", folders["cls"], layer=1)
    assert "after block 1: the three colours hold" in words(at)
    at.session_state.before_blocks = True
    at.run()
    assert "before block 0: the three colours hold" in words(at)
    assert at.session_state.layer == 1  # other pages keep their layer


def test_the_sincos_sliders_change_the_formula(folders):
    at = opened("position", folders["cls"])
    at.slider(key="sincos_width").set_value(128).run()
    assert any("2j/128" in latex.value for latex in at.latex)
    at.segmented_control(key="sincos_shape").set_value("On a grid (2-D)").run()
    assert not at.exception
    assert any("-j/32" in latex.value for latex in at.latex)


def test_neighbours_are_computed_when_asked_for_and_the_picture_is_like_itself(folders):
    at = opened("output", folders["cls"])
    at.toggle(key="neighbours").set_value(True).run()
    assert not at.exception
    html = " ".join(element.proto.body for element in at.get("html"))
    assert "<figcaption>1</figcaption>" in html
    assert html.count("<figure") == len(PHOTOS)
