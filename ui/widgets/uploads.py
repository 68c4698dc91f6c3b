"""Files that somebody has uploaded, let go as soon as they are read: Streamlit keeps them as long as the session."""

from __future__ import annotations

from contextlib import suppress

from streamlit.runtime.scriptrunner import get_script_run_ctx


def let_go(file_id: str) -> None:
    """Forget the uploaded file of this id in the session that is served now; its uploader then has it no more."""
    with suppress(AttributeError, TypeError):  # inner names of Streamlit's: without them it stays to the session's end
        ctx = get_script_run_ctx()
        ctx.uploaded_file_mgr.remove_file(session_id=ctx.session_id, file_id=file_id)  # type: ignore[union-attr]
