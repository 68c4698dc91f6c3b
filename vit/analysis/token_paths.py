"""The way of every token through all blocks: from whom it takes, what is added to it, and what it points to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from einops import reduce

from vit.analysis.patch_lens import patch_lens
from vit.analysis.similarity import cosine
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


@dataclass(frozen=True)
class TokenPaths:
    """What every block does to every token; l: blocks, n: tokens.

    ``sources`` (l, n, count): the tokens it takes most from, by the mean pattern of the heads, the most first, and
    ``shares`` (l, n, count), how much. ``attention``, ``mlp`` (l, n): lengths of what each adds. ``length``
    (l + 1, n): of the token's vector at every level.
    """

    sources: np.ndarray
    shares: np.ndarray
    attention: np.ndarray
    mlp: np.ndarray
    length: np.ndarray


def token_paths(trace: Trace, count: int = 5) -> TokenPaths:
    """The ways of all tokens of the trace's first picture; one walk over the blocks."""
    count = min(count, trace.layout.n_tokens)
    sources, shares, attention, mlp = [], [], [], []
    for block in trace.blocks:
        mean = reduce(block.pattern[0], "h query key -> query key", "mean")
        most = mean.topk(count, dim=-1)
        sources.append(most.indices.numpy())
        shares.append(most.values.numpy())
        attention.append(block.attn_out[0].norm(dim=-1).numpy())
        mlp.append(block.mlp_out[0].norm(dim=-1).numpy())
    length = [trace.residual(level)[0].norm(dim=-1).numpy() for level in range(trace.depth + 1)]
    return TokenPaths(*(np.stack(rows) for rows in (sources, shares, attention, mlp, length)))


def toward_class(model: ViT, trace: Trace, index: int) -> np.ndarray:
    """How far each token's vector points to a class at every level: (levels, n).

    The logit that the head would read from the token (:func:`patch_lens`), without the head's bias; where the classes
    compete in one softmax, what it is above the mean of all logits, as only that moves the answer. A prefix token is
    read by its own part of the head, NaN if it has none. ValueError for a model without a head.
    """
    layout, parts = trace.layout, model.config.pooling.split("+")
    compete = float(model.config.answer == "one class")
    found = np.full((trace.depth + 1, layout.n_tokens), np.nan, dtype=np.float32)
    for level in range(trace.depth + 1):
        own = patch_lens(model, trace, level).own  # (gh·gw, classes)
        found[level, layout.n_prefix :] = own[:, index] - compete * own.mean(-1)
    assert model.head is not None
    with torch.inference_mode():
        for part, weight in zip(parts, model.head.weight.chunk(len(parts), dim=-1), strict=True):
            if part in layout.prefix:
                token, direction = layout.prefix.index(part), weight[index] - compete * weight.mean(0)  # (d,)
                for level in range(trace.depth + 1):
                    read = model.pooled_norm(model.norm(trace.residual(level)[0, token]))  # (d,)
                    found[level, token] = float(read @ direction)
    return found


def toward_output(model: ViT, trace: Trace) -> np.ndarray | None:
    """Cosine of each token at every level, after the final norm, with the pooled output: (levels, n).

    None where they cannot be compared: an output of several parts, or one behind a MAP head's own matrices.
    """
    if "+" in model.config.pooling or model.config.pooling == "map":
        return None
    with torch.inference_mode():
        levels = [model.pooled_norm(model.norm(trace.residual(level)[0])).numpy() for level in range(trace.depth + 1)]
    return np.stack([cosine(tokens, trace.pooled[0].numpy()) for tokens in levels]).astype(np.float32)
