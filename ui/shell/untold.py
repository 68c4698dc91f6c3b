"""What a file of weights does not say of its model: asked below the menu of models, the usual guess filled in."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from ui.session.keys import chosen
from ui.widgets.markdown import escape
from vit import ViT
from vit.checkpoints.said import joined, said_of
from vit.model.question import Question

_LABELS = {
    "part": "Which of its models",
    "heads": "Heads in each block",
    "activation": "Activation in the MLPs",
    "norm_eps": "ε of the norms",
    "pooling": "What the classifier reads",
    "mean": "Mean of the colours",
    "std": "Spread of the colours",
    "resample": "Resizing of pictures",
}
_WORDS: dict[tuple[str, Any], str] = {
    ("activation", "gelu"): "GELU",
    ("activation", "gelu_tanh"): "GELU, by tanh",
    ("activation", "quick_gelu"): "quick GELU",
    ("activation", "swiglu"): "SwiGLU",
    ("pooling", "cls"): "CLS",
    ("pooling", "mean"): "mean of the patches",
    ("resample", 2): "bilinear",
    ("resample", 3): "bicubic",
}


def told_and_untold(model: ViT) -> None:
    """What is known of how a model was opened, and a menu for each thing that its file left open."""
    if not (model.notes or model.questions):
        return
    with st.expander("What its file does not say" if model.questions else "How it was opened"):
        if model.questions:
            st.caption("What such models usually have is filled in. Where you know better, choose: it loads anew.")
        for name, question in model.questions.items():
            if name in _LABELS:
                _ask(name, question)
        st.markdown("\n".join(f"- {escape(note)}" for note in model.notes))


def _ask(name: str, question: Question) -> None:
    st.session_state[f"untold_{name}"] = question.value
    st.selectbox(
        _LABELS[name],
        question.options,
        key=f"untold_{name}",
        on_change=partial(_say, name),
        format_func=partial(_words, name),
        help=f"Guessed at first: {escape(question.usual)}. In Python: `load_pretrained(file, {name}=…)`.",
    )


def _words(name: str, value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{number:.3g}" for number in value)
    return _WORDS.get((name, value), f"{value:g}" if isinstance(value, float) else str(value) or "at the top")


def _say(name: str) -> None:
    """Take another value for ``name`` (a callback). Another model of the file begins with guesses of its own."""
    model = chosen.model
    said = {name: st.session_state[f"untold_{name}"]}
    changed = joined(model, said if name == "part" else said_of(model) | said)
    chosen.added = [changed if other == model else other for other in chosen.added]
    chosen.model = changed
