"""How alike two vectors are, and how long they are: a chosen token against all patches, at any level.

A *level* is a place in the residual stream: 0 before the first block, i + 1 after block i. Cosine
similarity is the cosine of the angle between two vectors: 1 the same direction, 0 nothing in
common, −1 opposite. It does not see how long the vectors are; :func:`lengths` does.
"""

from __future__ import annotations

import numpy as np

from vit.model.trace import Trace

LONG = 3.0  # "unusually long" on the pages: more than three times the median patch


def cosine(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Cosine similarity along the last axis, the axes in front broadcast. A zero vector has 0 with all."""
    length = np.linalg.norm(x, axis=-1) * np.linalg.norm(y, axis=-1)
    cosines: np.ndarray = np.divide((x * y).sum(-1), length, out=np.zeros_like(length), where=length > 0)
    return cosines


def all_pairs(x: np.ndarray) -> np.ndarray:
    """Cosine similarity of every row of ``x`` (n, d) with every row: (n, n)."""
    length = np.linalg.norm(x, axis=-1, keepdims=True)
    unit = np.divide(x, length, out=np.zeros_like(x), where=length > 0)  # (n, d)
    cosines: np.ndarray = unit @ unit.T
    return cosines


def patch_stream(trace: Trace) -> np.ndarray:
    """The patches at every level of the residual stream: (levels, gh·gw, d)."""
    levels = [trace.layout.patches(trace.residual(level))[0].numpy() for level in range(trace.depth + 1)]
    return np.stack(levels)


def to_patches(trace: Trace, level: int, token: int) -> np.ndarray:
    """Similarity of ``token`` (its index among all tokens) to every patch at ``level``: (gh·gw,)."""
    resid = trace.residual(level)[0]  # (n, d)
    return cosine(resid[token].numpy(), trace.layout.patches(resid).numpy())


def lengths(trace: Trace, level: int) -> np.ndarray:
    """The length (Euclidean norm) of every patch's vector at ``level``: (gh·gw,)."""
    norms: np.ndarray = trace.layout.patches(trace.residual(level))[0].norm(dim=-1).numpy()
    return norms


def unusually_long(lengths: np.ndarray) -> np.ndarray:
    """Which patches are artifacts: more than ``LONG`` times the median length, the longest first.

    Large models write global notes into a few dull background patches, whose vectors then grow far
    longer than the others (Darcet et al. 2023, "Vision Transformers Need Registers", arXiv
    2309.16588). The paper draws its line by eye at a length of 150 for DINOv2-g; a multiple of the
    median is our way to have one line for every model.
    """
    order = np.argsort(-lengths, kind="stable")
    long: np.ndarray = order[lengths[order] > LONG * np.median(lengths)]
    return long
