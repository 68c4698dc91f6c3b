"""Every page, found by glob: alone, through ``main.py``, with links good and bad, with models of every kind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.fresh_python import said
from tests.support.places import APP, PAGES, ROOT, SAMPLES
from tests.support.sessions import alone, go, healthy, labels, link, opened, press, upload, with_model, words
from tests.support.timm_models import build, save
from ui.server import traces
from ui.shell import stages


@pytest.mark.slow
def test_pages_wait_for_no_import_they_do_not_need() -> None:
    """Each of these costs a second or more; pandas, half loaded for one session, breaks the charts of others."""
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "for page in sys.argv[1:]:\n"
        "    at = AppTest.from_file(page, default_timeout=120)\n"
        "    at.query_params['model'] = 'mnist-vit' if page != sys.argv[1] else 'photos-10'\n"
        "    at.run()\n"
        "    assert not at.exception and len(at.title) == 1\n"
        "print([name for name in ('pandas', 'pyarrow', 'transformers', 'torchvision') if name in sys.modules])"
    )
    assert said(code, APP, *(ROOT / "pages" / f"{page}.py" for page in PAGES)) == "[]"


def test_every_page_is_in_the_menu() -> None:
    assert sorted(stage.name for stage in stages.STAGES) == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_alone(page: str) -> None:
    at = alone(page, side="112")
    assert len(at.title) == 1
    assert not at.error
    before = [code.value for code in at.code]
    at.session_state["listing"] = True
    listed = [code.value for code in healthy(at.run()).code if code.value not in before]
    named = [caption.value.strip("`").split(".") for caption in at.caption if caption.value.startswith("`vit.")]
    assert listed
    assert len(listed) == len(named)
    for lines, (*_, name) in zip(listed, named, strict=True):
        assert re.search(rf"^(@.*\n)*(def|class) {name}\b", lines), "the whole of it, from its first line on"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_through_the_app(page: str) -> None:
    at = opened(page)
    assert at.title[0].value == stages.stage_of(page).title
    assert any("257 tokens" in caption.value for caption in at.caption), "the picture and model in use are named"
    assert any(expander.label == "The code that does this" for expander in at.expander)
    assert at.markdown, "a paragraph says what happens here"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_a_whole_picture_in_its_own_shape(page: str) -> None:
    at = opened(page, image="coffee", crop="no", side="112")
    healthy(at)
    assert any("64 tokens" in caption.value for caption in at.caption), "CLS, and 7 rows of 9 patches"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "link",
    [
        {"image": "../../etc/passwd", "layer": "-3", "head": "many", "token": "99-99", "model": "../secrets"},
        pytest.param(
            {"image": "", "layer": "99999999999999999999", "head": "³", "token": "-", "model": ""},
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {"layer": "12", "head": "6", "token": "16-0", "nonsense": "<script>alert(1)</script>"},
            marks=pytest.mark.slow,
        ),
    ],
    ids=["wild", "empty", "just outside"],
)
def test_nonsense_in_a_link_opens_the_page_with_defaults(page: str, link: dict[str, str]) -> None:
    at = opened(page, **link)
    assert not at.error
    assert any(caption.value.startswith("**cat**") for caption in at.caption)


def test_a_link_opens_picture_layer_head_and_token_and_pages_keep_them() -> None:
    at = opened("attention", image="rocket", side="112", layer="5", head="3", token="4-7")
    for page in PAGES:
        go(at, page)
        assert any(caption.value.startswith("**rocket**") for caption in at.caption)
        state = at.session_state
        assert (state.layer, state.head, state.token, state.patch) == (5, 3, "4-7", "4-7")
        said = link(at)
        assert (said["image"], said["layer"], said["head"], said["token"]) == ("rocket", "5", "3", "4-7")


def test_moving_a_slider_never_runs_the_model_again() -> None:
    at = opened("overview", image="temple", side="112")
    model = traces.get_model(at.session_state.model)
    passes = []
    hook = model.patch_embedding.register_forward_hook(lambda *_: passes.append(1))
    try:
        for page in PAGES:
            go(at, page)
            before = len(passes)
            for number in range(len(at.slider)):
                slider = at.slider[number]
                healthy(slider.set_value(slider.min if slider.value != slider.min else slider.max).run())
            assert len(passes) == before, f"{page} ran the model again"
        once = len(passes)  # what pages with a pass of their own (positions left out, shuffled) have run by now
        for page in PAGES:
            go(at, page)
        assert len(passes) == once, "one trace per picture and model"
    finally:
        hook.remove()


def test_an_upload_is_shown_on_every_page() -> None:
    at = upload(opened("patches", side="112"), "my *cat*.png", SAMPLES[2].read_bytes())
    assert not at.error
    for page in PAGES:
        go(at, page)
        assert any(r"my \*cat\*\.png" in caption.value for caption in at.caption), "its name as text, not Markdown"
    assert "image" not in at.query_params, "an upload cannot stand in a link"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("notes.png", b"these are my notes", "not a PNG"),
        ("empty.jpg", b"", "is empty"),
        ("half.jpg", SAMPLES[0].read_bytes()[:2000], "damaged"),
    ],
)
def test_a_bad_upload_gets_a_sentence_and_loses_nothing(name: str, data: bytes, says: str) -> None:
    at = opened("patches", image="flower")
    at = upload(at, name, data)
    (error,) = at.error
    assert name in error.value.replace("\\", "")
    assert says in error.value
    assert any(caption.value.startswith("**flower**") for caption in at.caption)


def test_verify_compares_on_request() -> None:
    at = opened("verify")
    assert not at.success, "transformers is not imported before somebody asks"
    press(at, "Compare now")
    assert "Both agree" in at.success[0].value
    assert "Compare now" not in labels(at), "asked once, it stays answered"


def test_verify_runs_the_library_a_model_came_from(tmp_path: Path) -> None:
    pytest.importorskip("timm")
    at = with_model(opened("verify"), save(build("deit3_small_patch16_224", img_size=(64, 64)), tmp_path / "a-deit3"))
    press(at, "Compare now")
    assert "Both agree" in at.success[0].value
    assert "Every pixel is the same as timm.data.create" in words(at)
    assert "Compared with VisionTransformer" in at.status[0].label


def test_the_overview_tells_a_classifiers_answer() -> None:
    at = opened("overview", model="mnist-vit")
    shown = next(caption.value for caption in at.caption if "digit 3" in caption.value)
    assert "mnist-vit" in shown.replace("\\", "")
    answer = at.markdown[0].value.replace("\\", "")
    assert re.search(r"The model says: \*\*3\*\*, (> )?9\d(\.\d)? %", answer), answer
