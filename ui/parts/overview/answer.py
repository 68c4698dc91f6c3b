"""What the model says of the picture, in names: as a sentence, and what it would have said earlier."""

from __future__ import annotations

import streamlit as st

from ui.server.results import logit_lens, unlikeness
from ui.session.scene import Scene
from ui.widgets.markdown import escape, in_words
from vit.analysis.answer import read
from vit.analysis.output import class_names, stretches, top
from vit.figures.numbers import value_words

RUNNERS_UP = 3
LIKELY = 0.5  # from here on a class that is answered for itself counts as said


def answer_sentence(scene: Scene) -> None:
    """The first sentence of the page: what the model answers, and how sure it is."""
    if scene.trace.logits is None:
        st.markdown("#### This model has no names for what it sees: it answers with a vector.")
        return
    st.markdown(f"#### {_sentence(scene)}")
    unlike = unlikeness(scene.key, scene.model, scene.trace)
    if unlike is not None and unlike > 1:
        st.info(
            f"A classifier always answers. This one knows {in_words(scene.model.config.n_classes)} names and must "
            f"choose one of them, but this picture is unlike those it learned from. How unlike: **{unlike:.2f}**. "
            "Usual is 0; about one in twenty of the pictures that it knows lies above 1."
        )


def _sentence(scene: Scene) -> str:
    config, values = scene.model.config, likeliest(scene)
    said = [f"**{escape(name)}**, {value_words(value, config.answer)}" for name, value in values]
    if config.answer == "numbers":
        return f"The model answers with a number: {said[0]} (in a unit that its checkpoint does not name)" + (
            f"; and with {config.n_classes - 1} more" if config.n_classes > 1 else ""
        )
    if config.answer == "one class":
        return f"The model says: {said[0]}"
    likely = [one for one, (_, share) in zip(said, values, strict=True) if share >= LIKELY]
    if not likely:
        return f"The model says: none of its {in_words(config.n_classes)} names, the likeliest is {said[0]}"
    return f"The model says: {' and '.join(likely)} (each for itself, so several can be right)"


def settled(scene: Scene) -> str:
    """From which block on the model would have given the answer that it gives, had it stopped there."""
    if scene.model.config.answer == "numbers":
        return "a number, not a name"
    lens = logit_lens(scene.key, scene.model, scene.trace)  # (levels, classes)
    last = stretches(lens)[-1]
    [name] = class_names(scene.model.config.labels, [last.leader])
    if last.first == 0:
        return f"it would say {name} before the first block already"
    return f"it would say {name} from block {last.first - 1} on"


def answer_by_level(scene: Scene) -> list[tuple[str, str]]:
    """What the model would say at each level, before block 0 and after every block: a name and its value in words."""
    config = scene.model.config
    lens = read(logit_lens(scene.key, scene.model, scene.trace), config.answer)  # (levels, classes)
    names = class_names(config.labels, lens.argmax(-1))
    return [(name, value_words(share, config.answer)) for name, share in zip(names, lens.max(-1), strict=True)]


def likeliest(scene: Scene) -> list[tuple[str, float]]:
    """The names with the highest probabilities or numbers, the highest first."""
    assert scene.trace.logits is not None
    values = read(scene.trace.logits[0].numpy(), scene.model.config.answer)  # (classes,)
    best = top(values, 1 + RUNNERS_UP)
    names = class_names(scene.model.config.labels, best)
    return [(name, float(values[index])) for name, index in zip(names, best, strict=True)]
