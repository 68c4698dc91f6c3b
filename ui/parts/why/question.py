"""What is to be explained: the model's answer, another class, one rather than another, or the output itself."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch

from ui.parts.why import words_on_picture
from ui.session.keys import chosen
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.widgets.markdown import escape
from vit.analysis.evidence.target import Target, of_class, of_difference, of_output, of_text, rather_than
from vit.analysis.output import class_names, top
from vit.figures.numbers import value_words

_NOTHING = -1  # in place of a class: "rather than anything else"


@dataclass(frozen=True)
class Question:
    """``key`` names it in caches of what is derived from it; ``name`` is what is explained, as somebody may have typed
    it; ``number`` what its number is called."""

    key: tuple[str, ...]
    name: str
    number: str
    target: Target


def classes(scene: Scene) -> tuple[int, int | None]:
    """The class to explain, and the one it is set against, if any: as chosen, or the model's answer."""
    assert scene.trace.logits is not None
    n, best = scene.model.config.n_classes, int(scene.trace.logits[0].argmax())
    wanted = [int(number) for number in (chosen.explain or "").split("-") if number]
    if not wanted or max(wanted) >= n or len(set(wanted)) < len(wanted):
        return best, None
    return wanted[0], wanted[1] if len(wanted) > 1 else None


def ask(scene: Scene) -> Question:
    """The menus, and the question they make."""
    if scene.model.head is None and (texts := words_on_picture.typed(scene)):
        return _about_texts(scene, texts)
    if scene.model.head is None:
        explain(
            "This model has no classes. What is explained is **its output vector**: how far it goes in its own "
            "direction, and which patches carry it there."
        )
        return Question(("output",), "the output", "length of the output", of_output(scene.trace.pooled[:1]))
    assert scene.trace.logits is not None
    logits = scene.trace.logits[0].numpy()
    order = top(logits, len(logits)).tolist()
    labels = class_names(scene.model.config.labels, range(len(logits)))
    one, other = classes(scene)
    st.session_state.why_class, st.session_state.why_other = one, _NOTHING if other is None else other

    def keep() -> None:
        first, against = st.session_state.why_class, st.session_state.why_other
        if first not in order or against not in (_NOTHING, *order):  # a menu takes whatever a client sends
            return
        chosen.explain = str(first) if against in (_NOTHING, first) else f"{first}-{against}"

    def shown(number: int) -> str:
        return f"{labels[number]} (logit {logits[number]:.2f})"

    left, right = st.columns(2)
    left.selectbox("Why …", order, format_func=shown, key="why_class", on_change=keep)
    if len(order) > 1:
        others = [_NOTHING, *(number for number in order if number != one)]
        words = {_NOTHING: "anything else"}
        right.selectbox(
            "… rather than …",
            others,
            format_func=lambda number: words.get(number) or shown(number),
            key="why_other",
            on_change=keep,
        )
    if other is None:
        return Question(("class", str(one)), labels[one], "logit", of_class(scene.model, one, labels[one]))
    target = of_difference(scene.model, one, other, (labels[one], labels[other]))
    name = f"{labels[one]} rather than {labels[other]}"
    return Question(("class", str(one), str(other)), name, "difference of the logits", target)


def _about_texts(scene: Scene, texts: words_on_picture.Texts) -> Question:
    """How well a text fits, or how much better than another."""
    pooled, names = scene.trace.pooled[:1], texts.names
    pairs = zip(names, texts.vectors, strict=True)
    one, *others = [of_text(pooled, vector, texts.projection, name) for name, vector in pairs]
    if others and torch.equal(*texts.vectors):
        note("To this model both texts are the same, so the first is explained alone.")
        others = []
    if not others:
        return Question(("text", names[0]), f"“{names[0]}”", "fit", one)
    name = f"“{names[0]}” rather than “{names[1]}”"
    return Question(("text", *names), name, "difference of the fits", rather_than(one, others[0], f"fit of {name}"))


def say_answer(scene: Scene, question: Question) -> None:
    """One line: what the model answers, and the number that is explained below."""
    number = float(question.target.score(scene.trace.pooled[:1])[0])
    measured = float(question.target.measure(scene.trace.pooled[:1])[0])
    if scene.trace.logits is None:
        whose = f" of **{escape(question.name)}**" if question.key[0] == "text" else ""
        explain(f"The number to explain: the **{question.number}**{whose}, {number:.3f}.")
        return
    value = value_words(measured, scene.model.config.answer)
    if len(question.key) > 2 and scene.model.config.answer != "numbers":
        value += " if these two were all there are"
    explain(f"The number to explain: the **{question.number}** of **{escape(question.name)}**, {number:.3f} ({value}).")
