"""What cannot be done is said where it would stand, in its own sentence, and the rest of the page goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec

import streamlit as st

from ui.server.model_thread import one_run
from ui.widgets.markdown import escape
from vit.errors import Refusal

P = ParamSpec("P")


@contextmanager
def refusals_said() -> Iterator[None]:
    """What is refused within is said, and what comes after it within is left out."""
    try:
        yield
    except Refusal as error:
        st.error(escape(str(error)))


def fragment(draw: Callable[P, None], run_every: float | None = None) -> Callable[P, None]:
    """Streamlit's fragment, a part of a page that can run again alone, for parts that may be refused something."""
    drawn: Callable[P, None] = st.fragment(refusals_said()(one_run()(draw)), run_every=run_every)
    return drawn
