"""What is refused in the middle of a page is a sentence there; no part of a page runs again without that."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.support.places import ROOT
from tests.support.sessions import alone, healthy, press


def test_the_page_goes_on_after_a_refusal_and_so_does_a_part_that_runs_again() -> None:
    def script() -> None:
        import streamlit as st

        from ui.shell.refusals import fragment, refusals_said
        from vit.errors import Refusal

        def part() -> None:
            st.button("Again")
            raise Refusal("No *such* thing:\n bring another.")

        with refusals_said():
            st.caption("before")
            fragment(part)()
            st.caption("beside")
            raise Refusal("The second.")
        st.caption("after")

    at = healthy(AppTest.from_function(script).run())
    assert [caption.value for caption in at.caption] == ["before", "beside", "after"]
    assert [error.value for error in at.error] == [r"No \*such\* thing\: bring another\.", r"The second\."]
    press(at, "Again")


def test_parts_that_run_again_say_what_is_refused() -> None:
    known = {ROOT / "ui" / "shell" / "refusals.py", ROOT / "ui" / "widgets" / "fold.py"}  # the second refuses nothing
    files = [path for folder in ("ui", "pages") for path in (ROOT / folder).rglob("*.py")]
    assert {path for path in files if "st.fragment" in path.read_text(encoding="utf-8")} == known


def test_a_link_to_a_model_that_is_not_here_is_answered_in_a_sentence() -> None:
    at = alone("patches", model="somebody/else")
    assert any("is not on this server" in warning.value for warning in at.warning)
    assert at.session_state.model == "photos-10"


def test_a_name_that_says_what_cannot_be_said_is_refused_while_it_is_typed() -> None:
    def script() -> None:
        from ui.session import choices
        from ui.shell import model_menu

        choices.start()
        model_menu._more_models()

    at = healthy(AppTest.from_function(script, default_timeout=60).run())
    healthy(at.text_input(key="model_name").set_value("owner/model?revision=main").run())
    assert any("revision" in error.value for error in at.error)
