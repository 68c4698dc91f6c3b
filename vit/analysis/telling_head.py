"""Which head shows most of where one token looks: concentrated, on the picture, and not by place alone."""

from __future__ import annotations

from math import log2

import numpy as np
import torch

from vit.model.layout import TokenLayout
from vit.model.trace import Trace


@torch.inference_mode()
def most_telling_head(trace: Trace, token: int) -> tuple[int, int]:
    """The (layer, head), among the second half of the blocks, with the highest product of three shares.

    How much the token takes from patches; how concentrated that is, 1 − entropy / log₂ patches; and, where the token is
    a patch itself, how far its row lies from what the head does from any place (total variation): a head that always
    looks one patch to the right says nothing about the picture. The last block wins a tie.
    """
    layout = trace.layout
    best, found = -1.0, (trace.depth - 1, 0)
    for layer in range(trace.depth // 2, trace.depth):
        pattern = trace.blocks[layer].pattern[0].numpy()  # (h, n, n)
        taken = pattern[:, token, layout.n_prefix :].astype(np.float64)  # (h, gh·gw)
        on_patches = taken.sum(axis=-1)  # (h,)
        rows = taken / np.maximum(on_patches, 1e-12)[:, None]
        scores = on_patches * concentration(rows)
        if token >= layout.n_prefix:
            among = pattern[:, layout.n_prefix :, layout.n_prefix :]  # (h, gh·gw, gh·gw)
            scores = scores * beyond_place(among, rows, layout, token - layout.n_prefix)
        if scores.max() >= best:
            best, found = float(scores.max()), (layer, int(scores.argmax()))
    return found


def concentration(rows: np.ndarray) -> np.ndarray:
    """1 − entropy / log₂ n of shares (h, n): 1 if one has all, 0 if all have the same; 0 where there is only one."""
    if rows.shape[-1] == 1:
        return np.zeros(len(rows))
    logs = np.log2(rows, out=np.zeros_like(rows), where=rows > 0)
    concentrated: np.ndarray = 1 + (rows * logs).sum(axis=-1) / log2(rows.shape[-1])
    return concentrated


def beyond_place(among: np.ndarray, rows: np.ndarray, layout: TokenLayout, patch: int) -> np.ndarray:
    """How far a patch's ``rows`` (h, gh·gw) lie from the mean over all patches that ask, taken by offset: (h,), 0 to 1.

    ``among``: the patterns from patches to patches, (h, gh·gw, gh·gw).
    """
    gh, gw = layout.grid
    row, column = np.divmod(np.arange(layout.n_patches), gw)
    offset = (row - row[:, None] + gh - 1) * (2 * gw - 1) + column - column[:, None] + gw - 1  # (query, key)
    size = (2 * gh - 1) * (2 * gw - 1)
    counts = np.bincount(offset.ravel(), minlength=size)
    means = np.stack([np.bincount(offset.ravel(), head.ravel(), size) for head in among]) / np.maximum(counts, 1)
    expected = means[:, offset[patch]]  # (h, gh·gw)
    expected = expected / np.maximum(expected.sum(axis=-1, keepdims=True), 1e-12)
    distance: np.ndarray = np.abs(rows - expected).sum(axis=-1) / 2
    return distance
