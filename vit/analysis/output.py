"""How the output forms: the vector that is read in the end, followed through all levels.

A *level* is a place in the residual stream: 0 before the first block, i + 1 after block i.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from einops import reduce
from torch import Tensor

from vit.analysis.similarity import cosine
from vit.model.layout import TokenLayout
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


def carrier(resid: Tensor, layout: TokenLayout, pooling: str) -> np.ndarray:
    """What pooling takes from a residual stream (b, n, d) before the final norm: (d,), first picture.

    The token itself for ``"cls"``, the mean of the patches for ``"mean"`` and maxima, the mean of all tokens
    for ``"map"`` (whose probe may read any of them). Several side by side give (parts·d,).
    """
    parts = []
    for part in pooling.split("+"):
        if part in layout.prefix:
            parts.append(resid[0, layout.prefix.index(part)])
        else:
            tokens = resid if part == "map" else layout.patches(resid)
            parts.append(reduce(tokens[0], "n d -> d", "mean"))
    return torch.cat(parts).numpy()


@dataclass(frozen=True)
class Forming:
    """How the output forms: numbers a level, and for the updates a number a block.

    ``similarity``: the vector the model would give if it were read at that level (final norm and
    pooling included) with the one it gives in the end, as a cosine. ``carried``: the same for the
    vector that carries it (:func:`carrier`), ``length``: how long that is. ``attention``, ``mlp``:
    the length of what each block's attention and MLP add to it.
    """

    similarity: np.ndarray  # (levels,)
    carried: np.ndarray  # (levels,)
    length: np.ndarray  # (levels,)
    attention: np.ndarray  # (depth,)
    mlp: np.ndarray  # (depth,)

    @property
    def largest_rise(self) -> int:
        """The block in which the output comes nearest to its final self, in one step."""
        return int(np.diff(self.similarity).argmax())


def forming(model: ViT, trace: Trace) -> Forming:
    """Follow the output of ``trace`` through the levels of ``model``."""

    def carry(resid: Tensor) -> np.ndarray:
        return carrier(resid, trace.layout, model.config.pooling)

    levels = [trace.residual(level) for level in range(trace.depth + 1)]
    with torch.inference_mode():
        read = np.stack([model.pool_and_classify(resid)[1][0].numpy() for resid in levels])  # (levels, d)
    carriers = np.stack([carry(resid) for resid in levels])  # (levels, d)
    return Forming(
        similarity=cosine(read, trace.pooled[0].numpy()),
        carried=cosine(carriers, carriers[-1]),
        length=np.linalg.norm(carriers, axis=-1),
        attention=np.array([np.linalg.norm(carry(block.attn_out)) for block in trace.blocks]),
        mlp=np.array([np.linalg.norm(carry(block.mlp_out)) for block in trace.blocks]),
    )


def logit_lens(model: ViT, trace: Trace) -> np.ndarray:
    """The head's logits if the model stopped at each level: (levels, classes); the last row is its answer.

    nostalgebraist 2020, "interpreting GPT: the logit lens". ValueError for a model without a head.
    """
    if model.head is None:
        raise ValueError("this model has no classification head")
    with torch.inference_mode():
        rows = [model.pool_and_classify(trace.residual(level))[3] for level in range(trace.depth + 1)]
    return np.stack([row[0].numpy() for row in rows if row is not None])


def probabilities(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """softmax(logits / temperature) along the last axis. Hotter is flatter, colder is surer."""
    scaled = (logits - logits.max(-1, keepdims=True)) / temperature
    weights = np.exp(scaled)
    shares: np.ndarray = weights / weights.sum(-1, keepdims=True)
    return shares


def top(values: np.ndarray, count: int) -> np.ndarray:
    """The indices of the ``count`` highest of ``values`` (classes,), the highest first."""
    return np.argsort(-values, kind="stable")[:count]


def class_names(labels: Sequence[str], classes: Iterable[int]) -> list[str]:
    """What to call classes: their labels, or their numbers where the checkpoint names none."""
    return [labels[i] if i < len(labels) else f"class {i}" for i in classes]


@dataclass(frozen=True)
class Stretch:
    """Levels one after another at which the same class leads; both ends are part of it."""

    leader: int
    first: int
    last: int


def stretches(lens: np.ndarray) -> list[Stretch]:
    """Which class leads at which levels of a logit lens (levels, classes)."""
    found: list[Stretch] = []
    for level, leader in enumerate(lens.argmax(-1).tolist()):
        if found and found[-1].leader == leader:
            found[-1] = Stretch(leader, found[-1].first, level)
        else:
            found.append(Stretch(leader, level, level))
    return found


def pooled_to_patches(trace: Trace) -> np.ndarray:
    """Similarity of the pooled output to every patch's output, both after the final norm: (gh·gw,).

    Of an output of several parts side by side, the first. Not for a MAP head, whose own matrices
    take the pooled vector to another space.
    """
    patches = trace.layout.patches(trace.final)[0].numpy()  # (gh·gw, d)
    return cosine(trace.pooled[0, : patches.shape[-1]].numpy(), patches)


def reading_pattern(trace: Trace, pooling: str) -> np.ndarray:
    """How much the output takes from each patch in the last attention before it: (gh·gw,), mean over heads.

    A MAP head's own pattern; of a prefix token that is pooled, its row in the last block's pattern;
    where the mean of the patches is pooled, the mean of all patches' rows.
    """
    last = trace.blocks[-1].pattern[0]  # (h, n, n)
    if trace.pool_pattern is not None:
        rows = trace.pool_pattern[0]  # (h, n)
    elif (token := pooling.split("+")[0]) in trace.layout.prefix:
        rows = last[:, trace.layout.prefix.index(token)]
    else:
        rows = reduce(trace.layout.patches(last, axis=-2), "h query key -> h key", "mean")
    return reduce(trace.layout.patches(rows, axis=-1), "h patch -> patch", "mean").numpy()
