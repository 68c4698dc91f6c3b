"""The classes: named, chosen, renamed, removed; their pictures taken away."""

from __future__ import annotations

import streamlit as st

from ui.parts.teach import collected
from ui.parts.teach.board import board
from ui.parts.teach.example import fill_in
from ui.session.choices import use_model
from ui.session.keys import chosen
from ui.shell.model_menu import short
from ui.widgets.markdown import escape
from vit.teaching.picture_classes import LONGEST_NAME, MOST_CLASSES, PictureClasses


def classes(having: PictureClasses, in_use: str) -> None:
    """All of it. ``in_use``: the model that would be taught if nothing had been collected."""
    st.subheader("1. Name your classes", anchor=False)
    if having.backbone != in_use:
        _other_model(having, in_use)
    number = collected.chosen_class()
    if having.classes:
        board(having, number, collected.choose_class, _remove)
    st.text_input(
        "A new class",
        key="teach_new_class",
        placeholder="such as mug; then press Enter",
        max_chars=LONGEST_NAME,
        on_change=_add,
        disabled=len(having.classes) >= MOST_CLASSES,
    )
    if not having.classes:
        if st.button("Show me with the sample pictures"):
            fill_in(having.backbone)
            st.rerun()
        return
    with st.popover(f"Change “{escape(having.classes[number].name)}”"):
        widget = f"teach_rename_{number}"
        st.session_state[widget] = having.classes[number].name
        st.text_input("Its name", key=widget, max_chars=LONGEST_NAME, on_change=_rename, args=(number, widget))
        st.button("Remove this class and its pictures", on_click=_remove_class, args=(number,))
        st.button("Remove all classes", on_click=_clear)


def _other_model(having: PictureClasses, in_use: str) -> None:
    taught, other = escape(short(having.backbone)), escape(short(in_use))
    st.info(
        f"Your pictures were read by **{taught}**, and all below goes on with it. The model in the menu, {other}, "
        "makes other vectors of them: let it read them too, from what was kept of each, and compare."
    )
    with st.container(horizontal=True):
        if st.button(f"Read them with {other}", type="primary"):
            chosen.picture_classes = collected.read_again(having, in_use, collected.mirrored())
            st.rerun()
        if st.button(f"Use {taught} again"):
            use_model(having.backbone)
            st.rerun()


def _add() -> None:
    name = st.session_state.teach_new_class
    if not name.strip():
        return
    st.session_state.teach_notes = []
    if collected.change(lambda having: having.with_class(name)):
        assert chosen.picture_classes is not None
        collected.choose_class(len(chosen.picture_classes.classes) - 1)
    st.session_state.teach_new_class = ""


def _rename(number: int, widget: str) -> None:
    st.session_state.teach_notes = []
    collected.change(lambda having: having.renamed(number, st.session_state[widget]))


def _remove(key: str) -> None:
    collected.change(lambda having: having.without_example(key))


def _remove_class(number: int) -> None:
    collected.change(lambda having: having.without_class(number))


def _clear() -> None:
    assert chosen.picture_classes is not None
    chosen.picture_classes = PictureClasses(chosen.picture_classes.backbone)
    st.session_state.teach_notes = []
