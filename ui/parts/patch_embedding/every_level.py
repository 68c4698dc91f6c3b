"""Every patch at every level of the residual stream: as colours, by likeness to one patch, by length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from ui.server import results
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.widgets.film import film
from ui.widgets.patch_map import patch_map
from ui.widgets.thumbnails import thumbnails
from vit.analysis.similarity import LONG, lengths, to_patches, unusually_long


@dataclass(frozen=True)
class AtLevel:
    """The numbers of what was drawn: of all levels, and of the chosen one."""

    scores: np.ndarray  # (levels, gh·gw, 3)
    colours: np.ndarray  # (levels, gh, gw, 3) RGB bytes
    similarity: np.ndarray  # (gh·gw,) cosine of the chosen patch with every patch
    lengths: np.ndarray  # (gh·gw,)


def every_level(scene: Scene) -> AtLevel:
    """Three maps of the chosen level, and the colours of all."""
    st.subheader("From colours to meaning: every patch at every level", anchor=False)
    explain(
        f"The blocks that follow keep changing these vectors. To see {scene.model.config.width} numbers a patch at "
        "once, the three directions in which the patches differ most (their *principal components*) are painted red, "
        "green and blue: **patches of like colour have like vectors.** Press *Play*, or pull the slider from block to "
        "block."
    )
    trace, level = scene.trace, scene.level
    with st.spinner("Looking for the directions in which patches differ …"):
        scores, explained = results.level_scores(scene.key, trace)
    colours = np.stack([results.painted(at_level, scene.layout) for at_level in scores])
    names = ["before block 0", *(f"after block {i}" for i in range(trace.depth))]
    numbers = AtLevel(scores, colours, to_patches(trace, level, scene.patch), lengths(trace, level))
    left, middle, right = st.columns(3)
    with left:
        st.markdown("**Vectors as colours**")
        film(colours, names, level, key="film", alt="The patches' vectors as colours", on_level=scene.set_level)
        note(f"{names[level]}: the three colours hold {explained[level]:.1%} of all differences between patches.")
    with middle:
        _likeness(scene, numbers.similarity, names[level])
    with right:
        _lengths(scene, numbers.lengths, names[level])
    pictures = results.level_pictures(scene.key, 64, trace)
    thumbnails(
        [(picture, "in" if i == 0 else str(i - 1), f"Level {i}") for i, picture in enumerate(pictures)],
        52,
        chosen=level,
    )
    note(
        "All levels: *in* is before block 0, then after each block. Each vector is first brought to mean 0 and "
        "deviation 1, as every block does. The last level shows its components as they are; every other is turned as a "
        "whole to agree with the one after it, so a colour can be followed from level to level, but not from picture "
        "to picture. Each colour runs from its 1st to its 99th percentile. A *cosine* is 1 for vectors of one "
        "direction, 0 for unrelated ones."
    )
    return numbers


def _likeness(scene: Scene, similarity: np.ndarray, where: str) -> None:
    name = scene.layout.name(scene.patch)
    explain(f"**Likeness to {name}**")
    patch_map(
        scene.cropped,
        scene.layout,
        key="likeness",
        alt=f"Cosine similarity of {name} to every patch {where}; click a patch",
        values=similarity,
        scale=(-1.0, 1.0) if st.session_state.get("fixed_cosine") else (float(similarity.min()), 1.0),
        label="cosine",
        chosen=scene.patch,
        on_pick=scene.pick,
    )
    st.toggle("Fixed scale, −1 to 1", key="fixed_cosine")


def _lengths(scene: Scene, values: np.ndarray, where: str) -> None:
    layout = scene.layout
    explain("**Length of each vector**")
    patch_map(
        scene.cropped,
        layout,
        key="lengths",
        alt=f"Length of every patch's vector {where}",
        values=values,
        scale=(0.0, float(values.max())),
        label="length",
        chosen=scene.patch,
        on_pick=scene.pick,
    )
    longest = [layout.name(layout.n_prefix + int(patch)) for patch in unusually_long(values)]
    note(
        f"More than {LONG:g} × the median: {', '.join(longest[:6]) or 'none here'}. Large models park notes about "
        "the whole picture in a few dull patches, whose vectors then grow very long "
        "([arXiv 2309.16588](https://arxiv.org/abs/2309.16588))."
    )
