"""Many dimensions → three colours: principal components of the patches, told apart by eye.

The picture DINOv2 made famous (Oquab et al. 2023, arXiv 2304.07193, figure 1), for every level of
the residual stream, with colours that can be followed from level to level.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh


def normalise(x: np.ndarray) -> np.ndarray:
    """Each vector to mean 0 and deviation 1 over its dimensions, as the norm in every block does first.

    Without it a few unusually long vectors would be all that the components see.
    """
    x = x - x.mean(-1, keepdims=True)
    deviation = x.std(-1, keepdims=True)
    normal: np.ndarray = np.divide(x, deviation, out=np.zeros_like(x), where=deviation > 0)
    return normal


def principal_components(x: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The directions in which the rows of ``x`` (n, d) differ most.

    Returns the directions (count, d), of length 1; each row's score along them (n, count), scaled
    to deviation 1; and the share of all variance that each explains (count,). The sign of a
    direction is free: here its largest entry is positive. A direction in which nothing differs is 0,
    and so are its scores; there are at most min(n, d).
    """
    x = x.astype(np.float64)
    x = x - x.mean(0)
    n, d = x.shape
    products = x.T @ x if n > d else x @ x.T  # the smaller of the two has the same answer
    size = len(products)
    power, vectors = eigh(products, subset_by_index=(max(0, size - count), size - 1))  # a third of the time of all
    power, vectors = power[::-1], vectors[:, ::-1]  # the largest first
    total = (x**2).sum()
    seen = power > 1e-12 * total
    lengths = np.sqrt(np.where(seen, power, np.inf))
    if n > d:
        directions, scores = vectors.T * seen[:, None], x @ vectors / lengths * np.sqrt(n)
    else:
        directions, scores = (x.T @ vectors / lengths).T, vectors * seen * np.sqrt(n)
    largest = np.take_along_axis(directions, np.abs(directions).argmax(-1, keepdims=True), axis=-1)
    sign = np.where(largest < 0, -1.0, 1.0)  # (count, 1)
    explained = np.where(seen, power, 0) / (total or 1)
    return directions * sign, scores * sign.T, explained


def align(scores: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Rotate ``scores`` (n, 3) as a whole, so that they come as close to ``reference`` as they can.

    Orthogonal Procrustes (Schönemann 1966): the best rotation or mirroring is U Vᵀ, where
    U S Vᵀ is the SVD of scoresᵀ·reference. Distances between patches stay as they are; only the
    names of the colours change. So a component may change its sign or its place without a jump.
    """
    u, _, vt = np.linalg.svd(scores.T @ reference)
    turned: np.ndarray = scores @ (u @ vt)
    return turned


def colours(scores: np.ndarray) -> np.ndarray:
    """Scores (n, 3) → RGB bytes (n, 3): each column's 1st percentile is 0, its 99th 255, the rest between."""
    low, high = np.percentile(scores, [1, 99], axis=0)
    span = high - low
    place = np.divide(scores - low, span, out=np.full_like(scores, 0.5), where=span > 1e-9)
    levels: np.ndarray = (np.clip(place, 0, 1) * 255).round().astype(np.uint8)
    return levels


def colour_levels(stream: np.ndarray, reference: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Colours of every patch at every level, comparable between levels of one picture.

    ``stream``: (levels, gh·gw, d). The last level shows its three components as red, green and
    blue; going backwards, every level is aligned with the one after it. With ``reference``
    (gh·gw, 3), scores of another pass, the last level is aligned with those. Returns the scores
    (levels, gh·gw, 3), which :func:`colours` paints, and the share of the variance that the three
    components explain together at each level (levels,).
    """
    aligned, explained = [], []
    for x in stream[::-1]:
        _, scores, shares = principal_components(normalise(x), 3)
        scores = np.pad(scores, ((0, 0), (0, 3 - scores.shape[1])))  # two patches have one component
        reference = scores if reference is None else align(scores, reference)
        aligned.append(reference)
        explained.append(shares.sum())
    return np.stack(aligned[::-1]), np.array(explained[::-1])
