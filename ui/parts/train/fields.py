"""Fields of the form. Each shows a setting and keeps what the person changes.

A field offers only what can be trained: where a choice made elsewhere rules a value out (heads must divide the
width), the nearest possible value takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import streamlit as st

from ui.shell.lesson import note
from vit.training.settings import Settings


def keeper(key: str) -> Callable[[], None]:
    """A callback that keeps the setting ``key`` as its widget, of the same name, has it."""

    def keep() -> None:
        st.session_state.plan["changes"][key] = st.session_state[key]

    return keep


def choose(
    label: str, key: str, options: list[str], value: str, words: Any, keep: Callable[[], None] | None = None
) -> None:
    """A menu for the setting ``key``; ``words`` says what each option is called."""
    keep = keep or keeper(key)

    def keep_what_is_offered() -> None:  # a menu takes whatever a client sends
        if st.session_state[key] in options:
            keep()

    st.session_state[key] = value if value in options else options[0]
    st.selectbox(label, options, key=key, on_change=keep_what_is_offered, format_func=words)


def slide(settings: Settings, key: str, label: str, options: Sequence[float], help: str | None = None) -> None:
    """A slider over ``options`` for the setting ``key``, at the option nearest to what is wished."""
    wished = attrgetter(key)(settings)
    options = [type(wished)(option) for option in options]
    value = min(options, key=lambda option: (abs(option - wished), option))
    put(settings, key, value)
    if len(options) == 1:  # a slider needs two places
        note(f"{label}: {value:g}, the only one possible here")
        return
    st.session_state[key] = value
    st.select_slider(label, options, key=key, on_change=keeper(key), format_func=lambda v: f"{v:g}", help=help)


def whole_number(key: str, label: str, value: int, help: str) -> None:
    """A box for a whole number."""
    st.session_state[key] = value
    st.number_input(label, 0, 2**31 - 1, key=key, on_change=keeper(key), help=help)


def put(settings: Settings, key: str, value: Any) -> None:
    """Set the value at a dotted key."""
    *parts, last = key.split(".")
    place: Any = settings
    for part in parts:
        place = getattr(place, part)
    setattr(place, last, value)
