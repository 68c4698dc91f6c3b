"""Which pictures to learn from: the sets that are known, and a zip of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from ui.parts.train import uploads
from ui.shell.lesson import note
from ui.shell.resolution_menu import WAYS
from ui.widgets.markdown import escape
from vit.data import folders
from vit.data.dataset import DataError
from vit.data.members import ARCHIVES, members
from vit.pictures.kinds import called_a_picture
from vit.pictures.open import MAX_MEGABYTES
from vit.training.run.files import RunError
from vit.training.settings import Settings


@dataclass(frozen=True)
class Facts:
    """What is known of a set before it is loaded: ``size`` in pixels a side, ``train`` pictures to learn from.

    0 where it is not known.
    """

    words: str
    size: int = 0
    channels: int = 3
    classes: int = 0
    train: int = 0
    downloaded: bool = False


DATA = {
    "mnist-10k": Facts("10,000 digits (bundled)", 28, 1, 10, 9_000),
    "mnist": Facts("MNIST: 70,000 digits (11 MB download)", 28, 1, 10, 60_000, True),
    "fashion-mnist": Facts("Fashion-MNIST: 70,000 clothes (30 MB download)", 28, 1, 10, 60_000, True),
    "cifar10": Facts("CIFAR-10: 60,000 photographs (170 MB download)", 32, 3, 10, 50_000, True),
    "folder": Facts("Your own pictures"),
}


def choose_pictures(name: str, plan: dict[str, Any]) -> Facts:
    """Say what is known of the set called ``name``; for one's own pictures take a zip first."""
    facts = DATA[name]
    if name != "folder":
        if facts.downloaded:
            note("It is downloaded once, when a run first needs it. Without a network take the bundled digits.")
        return facts
    if file := st.file_uploader(
        "A zip or tar with one folder a class",
        ARCHIVES,
        key="own_pictures",
        max_upload_size=MAX_MEGABYTES,
        help="cats/1.jpg, cats/2.jpg, dogs/1.jpg …: the folders' names are the classes. It stays on this server.",
    ):
        try:
            plan["changes"]["data.path"] = str(uploads.keep(file.getvalue(), file.name))
        except RunError as error:
            st.error(escape(str(error)))
    path = plan["changes"].get("data.path", "")
    if not path:
        return facts
    facts = _facts_of(path)
    if facts.classes > 1:
        note(f"About {facts.train:,} pictures to learn from, of {facts.classes} classes.")
    else:
        st.warning("It has no two folders with pictures in them: pack a folder for each class.")
    return facts


def choose_way(settings: Settings) -> None:
    """Squares from the middle of one's own pictures, or all of each."""
    st.session_state.plan_way = WAYS[settings.data.whole]

    def keep() -> None:
        st.session_state.plan["changes"]["data.whole"] = st.session_state.plan_way == WAYS[True]

    st.segmented_control(
        "What the model sees",
        list(WAYS.values()),
        required=True,
        key="plan_way",
        on_change=keep,
        help="A square is cut from each picture's middle. Whole pictures keep their own shapes, with at most as many "
        "patches as that square has; those of one shape go through the model together. Positions learned for one "
        "shape are stretched to the others. On the other pages, choose the whole picture in the sidebar as well.",
    )


@st.cache_data(max_entries=32, show_spinner=False)
def _facts_of(path: str) -> Facts:
    """Count the pictures and classes in an archive by their names; nothing is unpacked."""
    words = DATA["folder"].words
    try:
        names = [member.path for member in members(Path(path))]  # within the bounds that the engine sets
    except DataError as error:
        st.warning(f"{escape(str(error))} Bring another.")
        return Facts(words)
    paths = [name for name in names if called_a_picture(name)]
    found = folders.places([path for path in paths if not folders.is_noise(path)])
    train = [name for name, trains in found if name and trains]
    share = 1.0 if len(train) < len(found) else 0.9  # without a part to judge on, a tenth is set aside
    return Facts(words, 0, 3, len(set(train)), round(share * len(train)))
