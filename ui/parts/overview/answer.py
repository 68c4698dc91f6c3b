"""What the model says of the picture, in names: as a sentence, as bars, and what it would have said earlier."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.server.results import logit_lens, unlikeness
from ui.session.scene import Scene
from ui.widgets.markdown import escape, in_words
from vit.analysis.output import class_names, probabilities, stretches, top
from vit.figures.numbers import percent

RUNNERS_UP = 3


def answer_sentence(scene: Scene) -> None:
    """The first sentence of the page: the name and how sure the model is; nothing for a model without names."""
    if scene.trace.logits is None:
        st.markdown("#### This model has no names for what it sees: it answers with a vector.")
        return
    [(name, share), *_] = _likeliest(scene)
    st.markdown(f"#### The model says: **{escape(name)}**, {percent(share)}")
    unlike = unlikeness(scene.key, scene.trace)
    if unlike is not None and unlike > 1:
        st.info(
            f"A classifier always answers. This one knows {in_words(scene.model.config.n_classes)} names and must "
            "choose one of them, but this picture is unlike what it learned from: on a scale on which 0 is usual for "
            f"pictures it knows and few of them, about one in twenty, lie above 1, it has {unlike:.2f}."
        )


def answer_bars(scene: Scene) -> None:
    """The likeliest classes, a bar each."""
    for name, share in _likeliest(scene):
        st.progress(min(1.0, share), f"{escape(name)} · {percent(share)}")


def settled(scene: Scene) -> str:
    """From which block on the model would have given the answer that it gives, had it stopped there."""
    lens = logit_lens(scene.key, scene.model, scene.trace)  # (levels, classes)
    last = stretches(lens)[-1]
    [name] = class_names(scene.model.config.labels, [last.leader])
    if last.first == 0:
        return f"it would say {name} before the first block already"
    return f"it would say {name} from block {last.first - 1} on"


def answer_by_level(scene: Scene) -> list[str]:
    """What the model would say at each level, before block 0 and after every block: name and probability."""
    lens = probabilities(logit_lens(scene.key, scene.model, scene.trace))  # (levels, classes)
    names = class_names(scene.model.config.labels, lens.argmax(-1))
    return [f"{name} {percent(share)}" for name, share in zip(names, lens.max(-1), strict=True)]


def _likeliest(scene: Scene) -> list[tuple[str, float]]:
    """The names with the highest probabilities, the highest first."""
    assert scene.trace.logits is not None
    shares: np.ndarray = probabilities(scene.trace.logits[0].numpy())  # (classes,)
    best = top(shares, 1 + RUNNERS_UP)
    names = class_names(scene.model.config.labels, best)
    return [(name, float(shares[index])) for name, index in zip(names, best, strict=True)]
