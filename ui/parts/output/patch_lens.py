"""What the head would say of each patch: a map for a class, and a map of each patch's own best class."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ui.server.results import patch_lens
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.shell.refusals import fragment
from ui.widgets.markdown import escape
from ui.widgets.patch_map import patch_map
from vit.analysis.answer import read as as_meant
from vit.analysis.output import class_names, top
from vit.figures.output import best_class_map, level_ticks


@fragment
def patches_by_class(scene: Scene) -> None:
    """Both maps at a chosen level, and a choice of the class."""
    config, trace = scene.model.config, scene.trace
    st.subheader("Which patch says what?", anchor=False)
    explain(f"The head can be asked about each patch alone. {_what_is_read(scene)}")
    with_tokens = _with_tokens(scene)
    left, right = st.columns(2)
    ticks = level_ticks(config.depth)
    level = left.select_slider(
        "After block", range(config.depth + 1), config.depth, key="patch_lens_level", format_func=ticks.__getitem__
    )
    assert trace.logits is not None
    order = top(trace.logits[0].numpy(), config.n_classes).tolist()
    names = dict(zip(order, class_names(config.labels, order), strict=True))
    wanted = right.selectbox("Class", order, format_func=names.__getitem__, key="patch_lens_class")
    read = patch_lens(scene.key, level, scene.model, trace)
    shares = as_meant(read.logits if with_tokens else read.alone, config.answer)  # (gh·gw, classes)
    probable = config.answer != "numbers"
    with left:
        alt = (
            f"How probable {names[wanted]} is, read from each patch" if probable else "The number read from each patch"
        )
        patch_map(
            scene.cropped,
            scene.layout,
            key="patch_lens",
            alt=alt,
            values=shares[:, wanted],
            scale=(0.0, float(shares[:, wanted].max())) if probable else None,
            label=f"probability of {names[wanted]}" if probable else names[wanted],
        )
        note(f"{escape(alt)}: point at a patch to read it." + " The scale ends at the highest." * probable)
    if probable:
        with right:
            _best_classes(scene, shares)
    note(
        "Patches were never trained to be read like this: it tells which class a patch's vector points to, not how "
        "sure the model is. Attention has mixed the patches by then, so a patch also knows what lies around it."
    )


def _best_classes(scene: Scene, shares: np.ndarray) -> None:
    """Each patch's own likeliest class, from what all classes have there: (gh·gw, classes)."""
    best = shares.argmax(-1)  # (gh·gw,)
    labels = class_names(scene.model.config.labels, best)
    figure = best_class_map(labels, shares.max(-1).reshape(scene.layout.grid))
    st.plotly_chart(figure, key="best_class", alt="The likeliest class of every patch")
    counts = sorted({name: labels.count(name) for name in labels}.items(), key=lambda pair: -pair[1])
    note(f"Each patch's own likeliest class: {', '.join(f'{escape(name)} {count}' for name, count in counts[:5])}.")


def _read_by_the_head(scene: Scene) -> tuple[list[str], str]:
    """The parts of the pooling, and the names of the tokens among them, as they stand in a sentence."""
    parts = scene.model.config.pooling.split("+")
    tokens = [scene.layout.name(scene.layout.prefix.index(part)) for part in parts if part in scene.layout.prefix]
    return parts, " and ".join(tokens)


def _with_tokens(scene: Scene) -> bool:
    """Where a head reads tokens beside the mean of the patches: whether they are added to what each patch says."""
    parts, tokens = _read_by_the_head(scene)
    if "mean" not in parts or not tokens:
        return True
    return st.toggle(f"Add what {tokens} says, the same for every patch", key="patch_lens_tokens")


def _what_is_read(scene: Scene) -> str:
    """Which part of the head's input a patch takes the place of, as a sentence."""
    parts, tokens = _read_by_the_head(scene)
    if "mean" in parts and tokens:
        return (
            f"This head reads two halves: {tokens}, and the mean of the patches. Here each patch takes "
            f"the place of the mean. With what {tokens} says added, the logits of all patches average to "
            "those of the answer above."
        )
    if "mean" in parts:
        return "Each patch takes the place of the mean of all; the logits of all patches average to those above."
    if "map" in parts:
        return "Each patch in turn is all that the pooling head has to look at."
    return f"This head reads {tokens}. Here each patch takes that place."
