"""An uploaded file that is let go is in the server's memory no more, while its session goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.served import ROOT, Served, served
from benchmarks.session import Session

APP = """
import streamlit as st
from ui.widgets.uploads import let_go

st.checkbox("again")
file = st.file_uploader("file", key="file")
st.markdown(f"there is {file.getvalue().decode()}" if file else "there is nothing")
if file and LETS_GO:
    let_go(file.file_id)
"""


async def uploaded(server: Served) -> tuple[str, str]:
    """What the page says after an upload, and after the next run."""
    async with Session(server.address) as session:
        await session.open()
        await session.upload(next(session.all("file_uploader")).id, "file.txt", b"words")
        first = session.text()
        await session.set(next(session.all("checkbox")).id, bool_value=True)
        return first, session.text()


@pytest.mark.parametrize(("lets_go", "then"), [(True, "there is nothing"), (False, "there is words")])
def test_a_file_that_is_let_go_is_there_no_more(tmp_path: Path, lets_go: bool, then: str) -> None:
    (tmp_path / "app.py").write_text(APP.replace("LETS_GO", str(lets_go)))
    with served({"PYTHONPATH": str(ROOT)}, tmp_path / "app.py", ("--server.headless", "true")) as server:
        first, second = asyncio.run(uploaded(server))
    assert first == "there is words"
    assert second == then
