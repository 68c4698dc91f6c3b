"""The ways in which models tell tokens their places: for each its words, its formula and its code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from ui.session.scene import Scene
from ui.shell.lesson import explain
from vit import ViTConfig
from vit.model import positions

Grid = tuple[int, int]


@dataclass(frozen=True)
class Kind:
    """What the page says about one kind of position in ``ViTConfig.position``.

    ``words``: what such a model does, given the grid of this picture. ``measured``: how the likeness of two places is
    worked out, None where there are no places. ``added``: a vector is added to every token before block 0.
    """

    words: Callable[[ViTConfig, Grid], str]
    measured: str | None = None
    added: bool = False
    formula: Callable[[ViTConfig], str] | None = None
    code: tuple[Callable[..., object], ...] = ()


def _learned(config: ViTConfig, grid: Grid) -> str:
    words = (
        "This model has a **learned position embedding**: a table with one row a place, found in training like every "
        "other weight. Nobody told it what *left* or *above* means."
    )
    if config.grid == grid:
        return words
    (old_gh, old_gw), (gh, gw) = config.grid, grid
    how = config.position_resample.partition("-")[0]
    return f"{words} It was learnt for {old_gw} × {old_gh} patches; like a photo, it is resized to {gw} × {gh} ({how})."


_SINCOS = (
    "This model has a fixed **sin-cos position encoding**: not learnt, computed from the place by sine and cosine. "
)
_ROTARY = (
    "This model has **rotary positions**: nothing is added. Instead, in every block, the query and the key of each "
    "patch are *turned*, pair of numbers by pair, by angles that grow with its row and column. Two turned vectors "
    "compare by the *difference* of their angles: attention sees how far apart two patches are, not where they lie."
)
_RELATIVE = (
    "This model has **relative positions**: nothing is added to the tokens. Instead, in every block, each head adds a "
    "number to the score of two patches, found in training: one for each difference of rows and columns. It knows how "
    "far apart two patches are, not where they lie."
)
_NONE = "This model gets **no positions at all**: nothing is added, nothing is turned. It sees a heap of patches."


def _turned(config: ViTConfig) -> str:
    return (
        r"\mathbf{q}_i \cdot \mathbf{k}_j \;\to\; (R_i\,\mathbf{q}_i) \cdot (R_j\,\mathbf{k}_j) "
        rf"= \mathbf{{q}}_i^\top R_{{j-i}}\,\mathbf{{k}}_j \qquad \mathbf{{q}}, \mathbf{{k}} \in "
        rf"\mathbb{{R}}^{{{config.head_width}}}"
    )


_COSINE = "cosine similarity of the two vectors **p**"
_ANGLES = "mean of cos(angle − other angle): what turning leaves of q·k for equal vectors"
_ROW_BY_ROW = f"{_SINCOS}Places are counted token by token."
_ON_A_GRID = f"{_SINCOS}Column and row have half the numbers each."
KINDS = {
    "learned": Kind(_learned, _COSINE, added=True, code=(positions.resample,)),
    "sincos1d": Kind(lambda *_: _ROW_BY_ROW, _COSINE, added=True, code=(positions.sincos_1d,)),
    "sincos2d": Kind(lambda *_: _ON_A_GRID, _COSINE, added=True, code=(positions.sincos_2d,)),
    "rotary": Kind(lambda *_: _ROTARY, _ANGLES, formula=_turned, code=(positions.rotary_angles, positions.rotate)),
    "relative": Kind(lambda *_: _RELATIVE, code=(positions.relative_bias,)),
    "none": Kind(lambda *_: _NONE),
}


def kind_of(config: ViTConfig) -> Kind:
    """What the page says about a model's positions; of two kinds at once, what it says about both."""
    kinds = [KINDS[name] for name in config.position.split("+")]
    return Kind(
        lambda config, grid: "\n\n".join(kind.words(config, grid) for kind in kinds),
        kinds[0].measured,
        any(kind.added for kind in kinds),
        next((kind.formula for kind in kinds if kind.formula), None),
        tuple(code for kind in kinds for code in kind.code),
    )


def what_this_model_does(scene: Scene) -> None:
    """Formula and words for the kind of positions of the model in use."""
    config, n = scene.model.config, scene.layout.n_tokens
    kind = kind_of(config)
    st.subheader("What this model does", anchor=False)
    if kind.added:
        st.latex(
            rf"\underbrace{{\mathbf{{x}}_i}}_{{{config.width}}} = \underbrace{{\mathbf{{e}}_i}}_{{{config.width}}} + "
            rf"\underbrace{{\mathbf{{p}}_i}}_{{{config.width}}} \qquad i = 0 \ldots {n - 1}"
        )
        explain(
            "To the vector **e** of token *i* a second vector **p** of the same length is *added*. It depends on the "
            f"place alone, not on the picture. All {n} tokens of your picture go through this sum before block 0."
        )
    write = st.info if kind.measured is None else st.markdown
    write(kind.words(config, scene.layout.grid))
    if kind.formula:
        st.latex(kind.formula(config))
