"""What a page teaches: said at its top, asked at its end, its words explained."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ui.shell.glossary import GLOSSARY, explained


@dataclass(frozen=True)
class Lesson:
    """``goal`` ends the sentence "After this page you can …". ``terms``: words of the glossary that the page uses.
    ``question``: can be answered with the page's own controls; ``answer``: folded away below it. ``without_classes``:
    question and answer where the model has no classes, if the others speak of them."""

    goal: str
    terms: tuple[str, ...]
    question: str
    answer: str
    without_classes: tuple[str, str] | None = None


def explain(text: str) -> None:
    """A paragraph in which the words of the glossary say what they mean."""
    st.markdown(explained(text))


def note(text: str) -> None:
    """A caption, its words explained likewise."""
    st.caption(explained(text))


def opening(lesson: Lesson) -> None:
    """The goal, and the page's words to look up."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"*After this page you can {lesson.goal}.*", width="content")
        with st.popover("Words used here", type="tertiary"):
            for term in lesson.terms:
                st.markdown(f"**{term}**: {GLOSSARY[term]}")


def closing(lesson: Lesson, nameless: bool) -> None:
    """The question, its answer folded away. ``nameless``: the model has no classes."""
    question, answer = lesson.question, lesson.answer
    if lesson.without_classes and nameless:
        question, answer = lesson.without_classes
    explain(f"**Try it yourself.** {question}")
    with st.expander("Answer"):
        explain(answer)
