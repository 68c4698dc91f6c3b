"""What the person has chosen, as a link says it: read once when a session starts, written after every run.

A value that cannot be right for this picture and model is replaced by the default where it is used, so nonsense in
a link is harmless.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

from ui.session.keys import chosen
from ui.session.samples import DEFAULT_PHOTO, DIGITS, NAMED_AT_FIRST, SAMPLES, sample_picture

if TYPE_CHECKING:
    from vit.model.layout import TokenLayout

DEFAULT_MODEL = "photos-10"
# A training run as it stands in a link: its folder below runs/, <date>/<time>, or a member of a sweep.
RUN = re.compile(r"\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d(-\d{1,3})?(-sweep/\d{1,4})?", re.ASCII)

CLASSES = re.compile(r"\d{1,6}(-\d{1,6})?", re.ASCII)  # what the page Why explains: a class, or one rather than another
PART = re.compile(r"[a-z]{1,20}")  # of the block, on the page Block
METHODS = re.compile(r"[a-z-]{1,30}(,[a-z-]{1,30}){0,9}")  # further methods on that page
LONGEST_TEXT = 100


def start() -> None:
    """Fill the session's choices from the link it was opened with. Does nothing from the second run on."""
    if "picture" in st.session_state:
        return
    link = st.query_params
    sample = link.get("image", DEFAULT_PHOTO)
    chosen.picture = sample_picture(sample if sample in SAMPLES else DEFAULT_PHOTO)
    chosen.digits = chosen.picture.sample in DIGITS
    chosen.named = NAMED_AT_FIRST
    chosen.like_mnist = True
    chosen.shown = None
    chosen.input_error = None
    chosen.model = link.get("model", DEFAULT_MODEL)
    chosen.added = []
    chosen.brought = {}
    chosen.heads = {}
    chosen.picture_classes = None
    chosen.side = _number(link.get("side"))
    chosen.whole = link.get("crop") == "no"
    chosen.layer = _number(link.get("layer"))
    chosen.before_blocks = False
    chosen.head = _number(link.get("head"))
    chosen.part = link["part"] if PART.fullmatch(link.get("part", "")) else None
    chosen.explain = link["explain"] if CLASSES.fullmatch(link.get("explain", "")) else None
    chosen.texts = one_or_two(link.get("text", ""), link.get("rather", ""))
    chosen.also = tuple(link["also"].split(",")) if METHODS.fullmatch(link.get("also", "")) else ()
    chosen.run = link["run"] if RUN.fullmatch(link.get("run", "")) else None
    chosen.token = link.get("token")
    chosen.patch = chosen.token if "-" in (chosen.token or "") else None


def use_model(name: str) -> None:
    """Make another model the one in use, seen at its own size; it may have fewer blocks and heads."""
    chosen.model, chosen.side = name, None
    chosen.layer = chosen.head = None


def write_link() -> None:
    """Let the URL say what is on the screen, so that it can be shared and reloaded."""
    wanted = {"model": chosen.model}
    if chosen.token is not None:
        wanted["token"] = chosen.token
    if chosen.picture.sample:
        wanted["image"] = chosen.picture.sample
    numbers = {"layer": chosen.layer, "head": chosen.head, "side": chosen.side}
    wanted |= {name: str(number) for name, number in numbers.items() if number is not None}
    if chosen.whole:
        wanted["crop"] = "no"
    if chosen.run:
        wanted["run"] = chosen.run
    if chosen.part:
        wanted["part"] = chosen.part
    if chosen.explain:
        wanted["explain"] = chosen.explain
    wanted |= dict(zip(("text", "rather"), chosen.texts, strict=False))
    if chosen.also:
        wanted["also"] = ",".join(chosen.also)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def one_or_two(*typed: str) -> tuple[str, ...]:
    """The texts that somebody typed: without those that are empty or the same again, none too long."""
    texts = (text.strip() for text in typed)
    return tuple(dict.fromkeys(text for text in texts if text and len(text) <= LONGEST_TEXT))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 5 else None


def set_token(token: int, layout: TokenLayout) -> None:
    """Choose a token; a patch is also remembered as the patch to look at on pages about patches."""
    chosen.token = token_name(token, layout)
    if token >= layout.n_prefix:
        chosen.patch = chosen.token


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
