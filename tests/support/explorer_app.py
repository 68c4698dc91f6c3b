"""An app with nothing but the explorer, for its tests and benchmark: ``?m=`` names the model, or ``nothing``.

Run as a copy in a temporary folder (:mod:`tests.support.explorer_server`), so that Streamlit serves its
files from there.
"""

from functools import partial
from pathlib import Path

import streamlit as st

from ui.parts.attention.explorer import attention_explorer, payload
from ui.server import shared_files

st.set_page_config(layout="wide")
name = st.query_params.get("m", "cls")
if name == "nothing":  # what a session costs without the explorer
    st.text("Nothing.")
    st.stop()
merged = name.endswith(" merged")
shared_files.FOLDER = Path(__file__).parent / "static" / ("merged" if merged else "cache")
whole = getattr(payload.pack, "func", payload.pack)
payload.pack = partial(whole, limit=3000) if merged else whole


@st.cache_resource
def load(name: str, picture: int) -> tuple:
    from tests.support.explorer_server import traced

    return traced(name, picture)


if st.button("Next picture"):
    st.session_state.picture = st.session_state.get("picture", 0) + 1
model, trace = load(name.removesuffix(" merged"), st.session_state.get("picture", 0))
choice = st.session_state.setdefault("choice", [0, 0, 0])


def keep(token: int, layer: int | None, head: int | None) -> None:
    st.session_state.choice = [token, choice[1] if layer is None else layer, choice[2] if head is None else head]


token, layer, head = choice
attention_explorer(
    trace,
    model,
    trace_key=(name, str(st.session_state.get("picture", 0))),
    key="x",
    alt="A picture.",
    token=token,
    layer=layer,
    head=head,
    on_pin=keep,
)
st.text(f"Python has {st.session_state.choice}")
st.button("Run again")
if st.button("Go to layer 1, head 1"):
    st.session_state.choice = [1, 1, 1]
    st.rerun()
