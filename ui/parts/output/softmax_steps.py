"""How this picture's logits become probabilities: softmax with its numbers written out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ui.shell.lesson import explain, note
from ui.widgets.markdown import escape
from vit.analysis.softmax import softmax
from vit.figures.numbers import percent


def softmax_steps(logits: np.ndarray, temperature: float, names: Sequence[str], best: Sequence[int]) -> None:
    """The steps for the likeliest classes ``best``, a row each, and the sum over all ``logits`` (classes,).

    ``names``: what ``best`` are called.
    """
    steps = softmax(logits, temperature)
    x = "z − z₁" if temperature == 1 else "(z − z₁) / T"
    rows = [
        f"| {escape(name)} | {steps.logits[i]:.2f} | {steps.below[i]:.2f} | {steps.powers[i]:.3g} "
        f"| **{percent(steps.shares[i])}** |"
        for name, i in zip(names, best, strict=True)
    ]
    head = [f"| class | z | x = {x} | eˣ | p |", "| --- | ---: | ---: | ---: | ---: |"]
    total = f"| all {len(logits):,} | | | {steps.total:.4g} | 100 % |"
    explain(
        "**Softmax with this picture's numbers.** The head gives every class one number z, its *logit*: any number, "
        "also below zero. Softmax makes probabilities p of them: take the largest, z₁, away from all (that changes no "
        "probability, it keeps the numbers small), divide by T, raise *e* to each, and divide by the sum."
    )
    st.markdown("\n".join([*head, *rows, total]))
    note(
        f"{escape(names[0])}: 1 of {steps.total:.4g} is {percent(steps.shares[best[0]])}. "
        f"A logit higher by 1 is {np.exp(1 / temperature):.3g} times the probability, whatever the others are. "
        + _what_temperature_does(temperature)
    )


def _what_temperature_does(temperature: float) -> str:
    if temperature == 1:
        return "Move T: the order of the classes stays, only the distances change."
    return (
        "With a T below 1 small leads become large ones."
        if temperature < 1
        else "With a T above 1 the shares even out."
    )
