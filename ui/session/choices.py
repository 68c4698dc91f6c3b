"""What the person has chosen: picture, model, layer, head, token. Survives page changes, stands in the URL.

Choices live in plain session-state keys, which outlast the widgets of any one page. A link is read
once, at the first run of a session; after that the URL only follows. A value that cannot be right
for this picture and model is replaced by the default where it is used, so nonsense in a link is harmless.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from vit.pictures.open import open_image

if TYPE_CHECKING:
    from vit.model.layout import TokenLayout

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = {path.stem: path for path in sorted((ROOT / "sample_images").glob("*.jpg"))}
DIGITS = {path.stem: path for path in sorted((ROOT / "sample_images" / "digits").glob("*.png"))}
SAMPLES = PHOTOS | DIGITS
DEFAULT_SAMPLE, DEFAULT_DIGIT, DEFAULT_MODEL = "cat", "digit_3", "dinov2-small-imgfocus"
# A training run as it stands in a link: its folder below runs/, <date>/<time>, or a member of a sweep.
RUN = re.compile(r"\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d(-\d{1,3})?(-sweep/\d{1,4})?", re.ASCII)


@dataclass(frozen=True)
class Picture:
    """The picture in use. ``key`` names its content; ``sample`` is its name in the gallery, if it is one."""

    key: str
    name: str
    image: Image.Image
    sample: str | None = None


@st.cache_resource(max_entries=64, show_spinner=False)
def sample_picture(sample: str) -> Picture:
    return Picture(f"sample-{sample}", sample.replace("_", " "), open_image(SAMPLES[sample]), sample)


def own_picture(data: bytes, name: str) -> Picture:
    """A picture the person brought; PictureError says what is wrong with it."""
    return Picture(hashlib.sha256(data).hexdigest()[:32], name, open_image(data, name))


def drawn_picture(digit: Image.Image) -> Picture:
    """A digit drawn by hand."""
    return Picture(hashlib.sha256(digit.tobytes()).hexdigest()[:32], "your digit", digit.convert("RGB"))


def start() -> None:
    """Fill the session's choices from the link it was opened with. Does nothing from the second run on."""
    if "picture" in st.session_state:
        return
    link = st.query_params
    sample = link.get("image", DEFAULT_SAMPLE)
    st.session_state.picture = sample_picture(sample if sample in SAMPLES else DEFAULT_SAMPLE)
    st.session_state.digits = st.session_state.picture.sample in DIGITS
    st.session_state.model = link.get("model", DEFAULT_MODEL)
    st.session_state.side = _number(link.get("side"))
    st.session_state.layer = _number(link.get("layer"))
    st.session_state.head = _number(link.get("head"))
    st.session_state.run = link["run"] if RUN.fullmatch(link.get("run", "")) else None
    st.session_state.token = link.get("token", "cls")
    st.session_state.patch = st.session_state.token if "-" in st.session_state.token else None


def set_picture(picture: Picture) -> None:
    st.session_state.picture = picture


def gallery() -> dict[str, Path]:
    """The samples that suit the model in use."""
    return DIGITS if st.session_state.digits else PHOTOS


def suit(channels: int) -> None:
    """Offer digits to a model of grey pictures, photographs to all others, and run again if that changes.

    A sample in use gives way to one of the other kind; a picture the person brought stays.
    """
    digits = channels == 1
    if digits == st.session_state.digits:
        return
    st.session_state.digits = digits
    sample = st.session_state.picture.sample
    if sample and sample not in gallery():
        set_picture(sample_picture(DEFAULT_DIGIT if digits else DEFAULT_SAMPLE))
    st.rerun()


def set_token(token: int, layout: TokenLayout) -> None:
    """Choose a token; a patch is also remembered as the patch to look at on pages about patches."""
    st.session_state.token = token_name(token, layout)
    if token >= layout.n_prefix:
        st.session_state.patch = st.session_state.token


def token_name(token: int, layout: TokenLayout) -> str:
    """How a token stands in the URL: ``cls``, ``reg0``, or ``row-column`` of a patch."""
    place = layout.row_column(token)
    return f"{place[0]}-{place[1]}" if place else layout.prefix[token]


def find_token(name: str | None, layout: TokenLayout) -> int | None:
    """The token called ``name`` in this layout, None if it has no such token."""
    if name in layout.prefix:
        return layout.prefix.index(name)
    row, dash, column = (name or "").partition("-")
    if not (dash and row.isdecimal() and column.isdecimal() and len(name or "") < 10):
        return None
    place = int(row), int(column)
    return layout.patch_token(*place) if place[0] < layout.grid[0] and place[1] < layout.grid[1] else None


def write_link() -> None:
    """Let the URL say what is on the screen, so that it can be shared and reloaded."""
    wanted = {"model": st.session_state.model, "token": st.session_state.token}
    if sample := st.session_state.picture.sample:
        wanted["image"] = sample
    numbers = {name: st.session_state[name] for name in ("layer", "head", "side")}
    wanted |= {name: str(number) for name, number in numbers.items() if number is not None}
    if run := st.session_state.run:
        wanted["run"] = run
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 5 else None


def escape(text: str) -> str:
    """A name somebody typed, or a sentence with one in it, safe to stand inside one line of Markdown."""
    line = " ".join(text.split())[:700]
    return "".join(f"\\{char}" if char in r"\`*_{}[]()<>#+-.!|~$:&@" else char for char in line)
