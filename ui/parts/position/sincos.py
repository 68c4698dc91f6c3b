"""The sin-cos table to play with: how positions become waves."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from ui.shell.lesson import explain, note
from ui.widgets.fold import fold
from ui.widgets.formulas import formulas
from ui.widgets.matrix import matrix
from vit.analysis.positions import position_similarity, wavelengths
from vit.analysis.similarity import all_pairs
from vit.figures import position as figures
from vit.model.layout import TokenLayout
from vit.model.positions import sincos_1d, sincos_2d

ONE, TWO = "In a row (1-D)", "On a grid (2-D)"
BASES = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)


def playground(grid: tuple[int, int]) -> None:
    """Sliders for positions, width and base; the table, its wavelengths, and how alike its rows are."""
    fold("Positions by sine and cosine: a table to play with", partial(_table, grid), "sincos")


def _table(grid: tuple[int, int]) -> None:
    explain(
        "The first transformer (Vaswani et al. 2017) computed its positions: every dimension of the vector is a wave "
        "along the positions, fast on the left, slow on the right, like the hands of a clock: the fast ones tell "
        "neighbours apart, the slow ones tell near from far. MAE and SimpleViT do the same on a grid."
    )
    shape = st.segmented_control("Positions", (ONE, TWO), default=ONE, required=True, key="sincos_shape")
    one, two, three = st.columns(3)
    width = two.slider("Width d of the vector", 8, 256, 64, 8, key="sincos_width")
    base = three.select_slider("Base", BASES, 10_000, key="sincos_base")
    if shape == ONE:
        count = one.slider("Positions", 4, 256, 64, key="sincos_positions")
        table = sincos_1d(count, width, base)  # (n, d)
        formulas(
            rf"p_{{i,\,2j}} = \sin\frac{{i}}{{{base}^{{2j/{width}}}}}",
            rf"p_{{i,\,2j+1}} = \cos\frac{{i}}{{{base}^{{2j/{width}}}}}",
        )
        note(f"i: position, 0 to {count - 1} (down). j: pair of dimensions, 0 to {width // 2 - 1} (rightwards).")
        period, length, likeness = wavelengths(width, base, 1), count, all_pairs(table.numpy())
        axes, last = ("position", "other position"), count - 1
        rows = ("position", f"position i (0 to {last})")
        labels = (f"position (0 to {last})", f"other position (0 to {last})")
    else:
        gh, gw = (min(max(side, 2), 24) for side in grid)
        gh = one.slider("Rows", 2, 24, gh, key="sincos_rows")
        gw = one.slider("Columns", 2, 24, gw, key="sincos_columns")
        table = sincos_2d((gh, gw), width, base)  # (gh·gw, d)
        formulas(
            r"\mathbf{p}_{(y,x)} = [\,\sin x\omega_j \mid \cos x\omega_j \mid \sin y\omega_j \mid \cos y\omega_j\,]",
            rf"\omega_j = {base}^{{-j/{width // 4}}}",
        )
        note(
            f"x: column, y: row; patches are counted row by row (down). j: 0 to {width // 4 - 1}; the left half of the "
            "dimensions knows the column, the right half the row."
        )
        middle = gh // 2, gw // 2
        period, length = wavelengths(width, base, 2), max(gh, gw)
        likeness = position_similarity(table, TokenLayout((), (gh, gw)))[middle]
        axes = ("row", "column")
        rows, labels = ("patch", f"patch, row by row (0 to {len(table) - 1})"), axes
    left, right = st.columns(2)
    with left:
        dimensions = ("dimension", f"dimension of the vector (0 to {width - 1})")
        matrix(table.numpy(), key="sincos_matrix", alt="The sin-cos table", rows=rows, columns=dimensions)
    with right:
        down, across = zip(axes, labels, strict=True)
        matrix(likeness, key="likeness", alt="How alike positions are", rows=down, columns=across, square=True)
    right.caption(
        "Cosine similarity of every two positions: near places are alike, and only the distance counts."
        if shape == ONE
        else f"Cosine similarity of the middle patch ({middle[0]}, {middle[1]}) to every other."
    )
    waves = figures.wavelengths(period, np.arange(width), length)
    st.plotly_chart(waves, key="sincos_waves", alt="Wavelength of every dimension")
    note(
        f"A wave longer than the {length} positions there are never comes full circle; the slowest hardly change at "
        "all. A smaller base makes the waves shorter."
    )
