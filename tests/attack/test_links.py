"""Links and widgets full of nonsense, on every page; folders switched off; one person's things and another's."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.places import PAGES, ROOT
from tests.support.sessions import alone, healthy, opened
from ui.session import choices, run_list, samples, trained_models
from vit.checkpoints.hub import cached, is_hub_id
from vit.checkpoints.loading import bundled, find

NONSENSE = [
    "../../etc/passwd", "/etc", "", " ", "\0", "a" * 5000, "é👩‍🚀\u202e", "-1", "NaN", "1e9", "9" * 4300, "٣", "²",
    "[]", "{}", "<img src=x onerror=alert(1)>", "![](http://192.0.2.1/x)", "[x](javascript:alert(1))", "$\\frac{1}{0}$",
    "org/../..", "a/" + "b" * 200, "a" * 90 + "/" + "b" * 90, "a/b-", "a/b.git", "ui/parts/train", "weights/mnist-vit",
    "..", ".", "~", "~root", "file:///etc/passwd", "cat\n", "CAT", "0-0-0", "runs", "../runs", "runs/2026-01-01",
    "2026-01-01/00-00-00/../../..", "runs/2026-01-01/00-00-00/checkpoints/../..", "2026-01-01/00-00-00",
]  # fmt: skip
KEYS = ("image", "model", "run", "layer", "head", "side", "token", "embed", "x")


@pytest.mark.parametrize("page", PAGES)
def test_a_link_where_everything_is_nonsense(page: str) -> None:
    """Every page gives each parameter another value."""
    start = PAGES.index(page)
    link = {key: NONSENSE[(start * 7 + place) % len(NONSENSE)] for place, key in enumerate(KEYS)}
    if page == "why":
        link["side"] = "112"  # its many passes take ten seconds at full size
    at = opened(page, **link)
    assert not at.error
    assert at.session_state.model in bundled()
    assert at.session_state.picture.sample in samples.SAMPLES


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_every_nonsense_in_every_place_at_once(page: str) -> None:
    """Every parameter meets every value on every page, the others having another one each."""
    for turn in range(len(NONSENSE)):
        link = {key: NONSENSE[(turn + 5 * place) % len(NONSENSE)] for place, key in enumerate(KEYS)}
        assert not alone(page, **link | ({"side": "112"} if page == "why" else {})).error


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("key", KEYS)
def test_nonsense_in_one_place(page: str, key: str) -> None:
    """With nothing else in the link; each page meets every value in one parameter or another."""
    for value in NONSENSE[(PAGES.index(page) + KEYS.index(key)) % len(KEYS) :: 2 * len(KEYS)]:
        assert not alone(page, **({"side": "112"} if page == "why" else {}) | {key: value}).error


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(0, len(NONSENSE), 2))
def test_every_nonsense_about_why(turn: int) -> None:
    """Each parameter of the page Why: every value beside nonsense in the others, every eighth by itself."""
    keys = "explain", "text", "rather", "also"
    for at in (turn, turn + 1):
        link = {key: NONSENSE[(at + 5 * place) % len(NONSENSE)] for place, key in enumerate(keys)}
        assert not alone("why", side="112", **link).error
    key = keys[turn // 2 % len(keys)]
    assert not alone("why", side="112", **{key: link[key]}).error


@pytest.mark.parametrize("name", NONSENSE)
def test_what_a_link_names_is_a_model_that_is_offered_or_none(name: str) -> None:
    """Without an exception, without a network, and nothing outside of where runs and models lie."""
    found = trained_models.parts(name)
    assert found is None or run_list.ROOT in found[0].folder.parents
    assert not is_hub_id(name) or cached(name) is None or ".." not in name
    folder = find(name)
    assert folder is None or folder.exists()  # such as a file of weights that lies somewhere else
    assert run_list.find(name) is None or choices.RUN.fullmatch(name)


def load(name: str) -> AppTest:
    """What the dialog for more models says to a name, with folders switched off."""

    def script(name: str) -> None:
        import streamlit as st

        from ui.shell import model_menu

        st.session_state.model = "the model in use"
        model_menu.FOLDERS = False
        try:
            model_menu._load(name)
        finally:
            model_menu.FOLDERS = True

    return AppTest.from_function(script, args=(name,), default_timeout=60).run()


@pytest.mark.parametrize(
    "name",
    [
        "/etc",
        "..",
        ".",
        "weights",
        "ui/parts/train",
        "sample_images/digits",
        "weights/mnist-vit",
        "README.md",
        "~",
        "\0",
        "a" * 300,
    ],
)
def test_no_folder_can_be_named_where_folders_are_off(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    at = healthy(load(name))
    assert at.session_state.model == "the model in use"
    (error,) = at.error
    assert "Folders are switched off" in error.value


@pytest.mark.parametrize("name", ["\0", "a" * 300, "../../etc", "/root", "ui/parts/train", "//", "./."])
def test_a_name_typed_that_is_no_model_gets_a_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    def script(name: str) -> None:
        import streamlit as st

        from ui.shell import model_menu

        st.session_state.model = "the model in use"
        model_menu._load(name)

    at = healthy(AppTest.from_function(script, args=(name,), default_timeout=60).run())
    assert at.session_state.model == "the model in use"
    assert len(at.error) == 1


def test_a_broken_model_in_the_cache_breaks_no_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A link may name what lies in the Hub's cache: also something that was damaged there."""
    import huggingface_hub

    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors.index.json").write_text('{"weight_map": {"a": "../../etc/passwd"}}')
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_, **__: str(tmp_path / "config.json"))
    assert cached("someone/broken") is None
