"""What becomes of the head: used on every page, saved and brought back, shared with the class."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from ui.parts.teach import collected, head_file
from ui.parts.teach.fitted import Fitted
from ui.server import taught_heads
from ui.server.models import get_model
from ui.session import offered, taught
from ui.session.keys import chosen
from ui.shell.lesson import explain, note
from ui.widgets.markdown import escape
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import is_shareable
from vit.checkpoints.taught_head import TaughtHead


def use_it(fitted: Fitted) -> None:
    """The button that makes it the model of all pages, and what has become of it."""
    head = fitted.head
    name, _ = taught_heads.hold(head)
    if name == chosen.model:
        st.success("All pages speak in your classes now: look at Overview, Output, What if or Why.")
        return
    old = taught_heads.is_name(chosen.model)
    words = "Use the new head on every page" if old else "Use it on every page"
    if st.button(words, type="primary", help="Overview, Output, What if, Why, Attention …"):
        taught.use(head)
        st.rerun()


def keep_it(fitted: Fitted) -> None:
    """Save it, and share it."""
    head = fitted.head
    if not is_shareable(head.backbone):
        explain("It stands on a model that only this server has, so it can be used here but not taken away.")
        return
    st.download_button(
        "Save the head (a few kilobytes)",
        partial(head_file.packed, head),
        "head.zip",
        "application/zip",
        on_click="ignore",
    )
    note(
        f"Your classes' names, the head's numbers and the name of its model, {escape(head.backbone)}: no picture. "
        "Unpacked, it opens with `load_pretrained`, `python -m vit.predict IMAGE --run head`, or below."
    )
    if not taught_heads.SHARING:
        return
    shared = st.session_state.get("teach_shared")
    if shared and shared[1] == taught_heads.hold(head)[0]:
        st.success(
            f"It is called **{shared[0]}** here: others type this under “Open a head”. Your pictures stay yours."
        )
    else:
        st.button("Share it with everybody on this server", on_click=_share, args=(head,))


def open_one() -> None:
    """Bring a saved head back, or open one that somebody shared."""
    if st.session_state.get("teach_opened") == chosen.model:
        st.success("It is open: all pages speak in its classes now. Look at Overview, Output, What if or Why.")
    file = st.file_uploader("A saved head (head.zip)", ["zip"], key="teach_head_file", max_upload_size=1)
    if file is not None and st.session_state.get("teach_head_taken") != file.file_id:
        st.session_state.teach_head_taken = file.file_id
        _open(lambda: head_file.unpacked(file.getvalue(), file.name))
    if taught_heads.SHARING:
        typed = st.text_input("Or the name of one that was shared here", key="teach_shared_name", max_chars=40)
        if typed.strip() and st.button("Open it"):
            _open(lambda: taught_heads.shared(typed))


def _open(bring: Callable[[], TaughtHead]) -> None:
    """Use the head that ``bring`` gives on every page; a sentence where there is none, or it does not fit."""
    try:
        head = bring()
        if head.backbone not in offered.whole_models():
            raise CheckpointError(f"It belongs to the model {head.backbone}: open that under “More models …” first.")
        head.on(get_model(head.backbone))
    except (CheckpointError, ValueError) as error:
        st.error(f"{escape(str(error))} The model in use stays.")
        return
    taught.use(head)
    st.session_state.teach_opened = chosen.model
    st.rerun()


def _share(head: TaughtHead) -> None:
    try:
        st.session_state.teach_shared = taught_heads.share(head), taught_heads.hold(head)[0]
    except OSError as error:
        collected.note(f"It cannot be shared: {error.strerror}.")
