"""What pages show beyond the trace, computed once for all sessions: small arrays and encoded pictures.

Heavy linear algebra goes to the model thread, as traces do: many at once would fight over the cores.
``key`` names the trace or model a result belongs to (``Scene.key``, a model's name); arguments with
a leading underscore are not part of the key. Imports torch: pages import this after ``open_page``.
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
import streamlit as st
from PIL import Image

from ui import cache, state
from vit import Trace, ViT
from vit.analysis import components, filters, output, positions, similarity
from vit.figures.embedding import filter_sheet
from vit.trace import TokenLayout


def png(image: Image.Image) -> bytes:
    """A picture as a PNG, packed fast rather than small: it goes to a screen, not to a disk."""
    buffer = BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


@st.cache_data(max_entries=128, show_spinner=False)
def level_scores(key: tuple[str, ...], _trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Three component scores of every patch at every level, and the share of variance they explain."""
    return cache.on_model_thread(lambda: components.colour_levels(similarity.patch_stream(_trace)))


@st.cache_data(max_entries=256, show_spinner=False)
def final_scores(key: tuple[str, ...], _trace: Trace, _reference: np.ndarray | None = None) -> np.ndarray:
    """The scores at the last level alone, turned to agree with ``_reference``: (gh·gw, 3)."""
    last = similarity.patch_stream(_trace)[-1:]  # (1, gh·gw, d)
    scores, _ = cache.on_model_thread(lambda: components.colour_levels(last, _reference))
    return scores[-1]


def painted(scores: np.ndarray, layout: TokenLayout) -> np.ndarray:
    """Scores (gh·gw, 3) as colours on the grid: (gh, gw, 3) RGB bytes."""
    return components.colours(scores).reshape(*layout.grid, 3)


def filter_pictures(model: ViT) -> np.ndarray:
    """The patch matrix as pictures: (d, p, p, c)."""
    return filters.filter_pictures(model.patch_embedding.projection.weight.numpy(), model.config.patch_size)


@st.cache_data(max_entries=8, show_spinner=False)
def all_filters(model_name: str, _model: ViT, columns: int) -> bytes:
    """All filters on one sheet, a PNG."""
    return png(filter_sheet(filter_pictures(_model), columns))


@st.cache_data(max_entries=8, show_spinner=False)
def filter_components(model_name: str, _model: ViT, columns: int, count: int = 28) -> bytes:
    """The filters' first principal components on one sheet, a PNG (the ViT paper's figure 7, left)."""
    directions, _, _ = components.principal_components(_model.patch_embedding.projection.weight.numpy(), count)
    return png(filter_sheet(filters.filter_pictures(directions, _model.config.patch_size), columns, scale=4))


@st.cache_data(max_entries=32, show_spinner=False)
def position_similarity(model_name: str, layout: TokenLayout, _model: ViT) -> np.ndarray:
    """How alike the positions of any two patches are: (gh, gw, gh, gw)."""
    angle = _model.angle(layout)
    table = _model.position_embedding(layout) if angle is None else positions.rotary_table(angle)
    return positions.position_similarity(table, layout)


@st.cache_data(max_entries=128, show_spinner=False)
def forming(key: tuple[str, ...], _model: ViT, _trace: Trace) -> output.Forming:
    """How the output forms over the levels."""
    return output.forming(_model, _trace)


@st.cache_data(max_entries=128, show_spinner=False)
def logit_lens(key: tuple[str, ...], _model: ViT, _trace: Trace) -> np.ndarray:
    """The head's logits at every level: (levels, classes)."""
    return output.logit_lens(_model, _trace)


@st.cache_data(max_entries=256, show_spinner=False)
def sample_output(model_name: str, sample: str, side: int | None, _model: ViT) -> np.ndarray:
    """The pooled output of a sample picture at this resolution: (d,). Its trace is not kept."""
    recipe = _model.preprocessing.at(side, side) if side else _model.preprocessing
    pixels = recipe(state.sample_picture(sample).image)
    return cache.on_model_thread(lambda: _model.trace(pixels).pooled[0].numpy())
