"""What the head has learned: how many pictures it names rightly without having seen them, and where they lie."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import ceil

import numpy as np
import streamlit as st

from ui.parts.teach.answer import Asked
from ui.parts.teach.fitted import Fitted
from ui.shell.lesson import explain, note
from ui.widgets.markdown import escape, in_words
from vit.figures.numbers import percent
from vit.figures.teaching import Point, picture_map
from vit.teaching.picture_classes import NEEDED, PictureClasses
from vit.teaching.plane import Plane, left_out_places, of_head, of_pictures, regions
from vit.teaching.teach import between

MOST_DRAWN = 150  # pictures on the map
AS_PICTURES, AS_HEAD = "as the pictures differ", "as the head tells them apart"
PLANES: dict[str, Callable[[Fitted], Plane]] = {
    AS_PICTURES: lambda fitted: of_pictures(fitted.vectors),
    AS_HEAD: lambda fitted: of_head(fitted.lesson.head, fitted.vectors),
}


def too_little(having: PictureClasses) -> None:
    """What is missing before anything can be learned."""
    missing = [f"**{escape(one.name)}** has {in_words(len(one.examples))}" for one in having.waiting()]
    words = f"It can learn from two classes with {in_words(NEEDED)} pictures each; four or five are better."
    st.info(words + (f" {', '.join(missing)}." if missing else ""))


def sentence(having: PictureClasses, fitted: Fitted) -> None:
    """How many are right when left out, and how far so few can be trusted."""
    lesson, classes = fitted.lesson, fitted.taught.classes
    right, of = lesson.right(classes), len(classes)
    low, high = between(right, of)
    st.markdown(f"#### {right} of {of} pictures are named rightly by a head that had not seen them")
    explain(
        "All that is learned here is a *head*: one matrix that makes of a picture's vector a number for each class. "
        "Each picture is left out in turn, the head fitted to the others and then asked about it. With so few "
        f"pictures, {right} may stand for anything from **{low} to {high}** (in 95 of 100 cases)."
    )
    if waiting := [f"{escape(one.name)} ({in_words(len(one.examples))})" for one in having.waiting()]:
        note(f"Not in it yet, for want of {in_words(NEEDED)} pictures: {', '.join(waiting)}.")


def map_of_pictures(fitted: Fitted, asked: Asked | None) -> None:
    """The pictures, and one that is asked about, on the plane that is chosen: who is close to whom."""
    name = st.segmented_control("The map is laid", list(PLANES), default=AS_PICTURES, required=True, key="teach_plane")
    plane = PLANES.get(name, PLANES[AS_PICTURES])(fitted)
    taught, labels, said = fitted.taught, fitted.taught.labels, fitted.said
    n = len(taught.examples)
    drawn = range(0, n, ceil(n / MOST_DRAWN))
    places = _places(fitted, plane, name)[list(drawn)]
    points = []
    for i in drawn:
        number, example = int(taught.classes[i]), taught.examples[i]
        left_out = "named rightly" if said[i] == number else f"taken for {labels[said[i]]}"
        words = f"{example.name}: {labels[number]}; left out, {left_out}"
        points.append(Point(example.thumbnail, number, said[i], words))
    if asked is not None:
        places = np.concatenate([places, plane.places(asked.vector[None].numpy())])
        points.append(Point(asked.thumbnail, None, None, f"{asked.name}: {labels[asked.answer]}"))
    figure = picture_map(places, points, labels, partial(regions, plane, fitted.lesson.head))
    st.plotly_chart(figure, key="teach_map", alt="The pictures on a map, over the regions of the classes")
    note(_explained(name, plane.share, len(labels)))


def _places(fitted: Fitted, plane: Plane, name: str) -> np.ndarray:
    """Where the pictures lie, (n, 2): seen by the head, each as one that it has not learned from."""
    if name == AS_PICTURES:
        return plane.places(fitted.vectors.double().numpy())
    return left_out_places(plane, fitted.lesson.head, fitted.vectors, fitted.lesson.left_out)


def _explained(name: str, share: float, classes: int) -> str:
    """What the map shows, and what it cannot."""
    common = (
        "The background is the class that the head has at that place; a corner in another colour: taken for that class "
        "when left out. Black frame: what is asked about below. "
    )
    if name == AS_HEAD:
        common += "Each picture lies where a head puts it that has not seen it. "
    if name == AS_PICTURES:
        return common + (
            f"The two directions in which the vectors differ most, {percent(share)} of all their differences. The rest "
            "lies before and behind the sheet, so a picture can stand in a region that is not its answer."
        )
    if classes == 2:
        return common + "From left to right: the one direction that tells the two classes apart. Height: the rest."
    if classes == 3:
        return common + "Three classes differ in two directions, and these are they: each picture lies on its answer."
    return common + f"The two main directions in which the classes' weights differ, {percent(share)} of it."
