"""Under which names a session keeps what the person has chosen, and of which type each is.

They are plain keys of ``st.session_state``, which outlast the widgets of any one page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

import streamlit as st

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

    from ui.session.picture import Picture
    from vit.checkpoints.taught_head import TaughtHead
    from vit.teaching.picture_classes import PictureClasses


class Chosen(Protocol):
    """One attribute a key; ``choices.start`` fills them in the first run of a session.

    Layer, head, side and token are None, or unknown to the model, where nothing (or nothing that exists) is
    chosen: :class:`ui.session.scene.Scene` knows what to show then.
    """

    picture: Picture
    digits: bool  # whether the gallery offers digits, for a model of grey pictures, in place of photographs
    named: tuple[str, ...]  # the sample photographs of what the model in use, or the last with classes, has names for
    model: str
    added: list[str]  # models the person has loaded in this session
    brought: dict[str, TemporaryDirectory[str]]  # those brought through the browser, and where their files lie
    whole: bool  # whether the model sees the whole picture, in its own shape, in place of a square from its middle
    side: int | None  # of the square the model sees, in pixels; None: the model's own
    layer: int | None
    before_blocks: bool  # on pages about levels: the one before the first block, in place of the one after the layer
    head: int | None
    token: str | None  # as it stands in the link: ``cls``, ``reg0``, ``row-column``
    patch: str | None  # the last token chosen that is a patch
    part: str | None  # of the block, which is looked at closer; as it stands in the link
    explain: str | None  # what Why explains, classes by number: ``3``, ``3-5`` (3 rather than 5); None: the answer
    texts: tuple[str, ...]  # what Why explains of a model that reads: a text, or one and what it is set against
    also: tuple[str, ...]  # further methods asked for on Why, as they stand in the link
    run: str | None  # the training run on the page Train
    like_mnist: bool  # whether a digit that somebody photographed is made like MNIST's for a model that reads digits
    heads: dict[str, TaughtHead]  # heads taught or opened in this session, by their models' names
    picture_classes: PictureClasses | None  # what a model is being taught on the page Teach
    shown: tuple[object, ...] | None  # page, model, picture and its size in the last run that came to its end
    input_error: str | None  # why the picture somebody brought cannot be shown


chosen = cast(Chosen, st.session_state)
