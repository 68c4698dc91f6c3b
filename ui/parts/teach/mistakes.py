"""Which pictures are named wrongly when left out, which classes are mixed up, and which pictures help the others."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.parts.teach.fitted import Fitted
from ui.shell.lesson import explain, note
from ui.widgets.table import table
from ui.widgets.thumbnails import thumbnails
from vit.figures.training import confusion_map

SHOWN = 12  # pictures of a row
FEW = 3
CLEARLY = 0.01  # nats a picture, from which on helping or hindering is worth a word


def wrong(fitted: Fitted) -> None:
    """The pictures that were taken for something else, and the table of all."""
    taught, labels, said = fitted.taught, fitted.taught.labels, fitted.said
    own = taught.classes.tolist()
    mistaken = [i for i, (number, answer) in enumerate(zip(own, said, strict=True)) if number != answer]
    st.subheader("Which does it get wrong?", anchor=False)
    if mistaken:
        captions = [f"{labels[own[i]]}, taken for {labels[said[i]]}" for i in mistaken[:SHOWN]]
        rows = zip(mistaken[:SHOWN], captions, strict=True)
        thumbnails([(taught.examples[i].thumbnail, words, words) for i, words in rows], 90, kind="webp")
        if len(mistaken) > SHOWN:
            note(f"And {len(mistaken) - SHOWN} more.")
    else:
        explain("None of them, when left out. More pictures, other light and other sides make the test harder.")
    counts = np.zeros((len(labels), len(labels)), dtype=int)
    np.add.at(counts, (own, said), 1)
    with st.expander("How often is what taken for what?"):
        if len(labels) <= 6:
            rows_of = [
                {"it is": label, **{f"said: {other}": int(count) for other, count in zip(labels, row, strict=True)}}
                for label, row in zip(labels, counts, strict=True)
            ]
            table(rows_of)
        else:
            st.plotly_chart(confusion_map(counts, labels), key="teach_confusion", alt="What is taken for what")


def helpful(fitted: Fitted) -> None:
    """The pictures without which the others would be named less surely, and those that stand in the way."""
    helps = fitted.helps.numpy()
    known = np.flatnonzero(~np.isnan(helps))
    if not len(known):
        return
    st.subheader("Which pictures help?", anchor=False)
    explain(
        "Take one picture away, fit the head to the others, and see how sure it is of the right class of each other "
        "picture. What it loses is what that picture brought."
    )
    order = known[np.argsort(-helps[known])]
    best = [i for i in order[:FEW] if helps[i] > CLEARLY]
    worst = [i for i in order[::-1][:FEW] if helps[i] < -CLEARLY]
    left, right = st.columns(2)
    for column, title, which in ((left, "They help most", best), (right, "Without these it would be better", worst)):
        with column:
            st.markdown(f"**{title}**")
            if which:
                thumbnails([_item(fitted, int(i), float(helps[i])) for i in which], 90, kind="webp")
            else:
                explain("None stands out.")
    note(
        "The number is what the others' right classes gain in mean log-probability. A picture below 0 may be in the "
        "wrong class, or show something that the others do not."
    )


def _item(fitted: Fitted, i: int, gain: float) -> tuple[bytes, str, str]:
    example, label = fitted.taught.examples[i], fitted.taught.labels[int(fitted.taught.classes[i])]
    return example.thumbnail, f"{label}, {gain:+.2f}".replace("-", "−"), f"{example.name}, {label}"
