"""What the head would say of each patch alone: the logit lens, patch by patch.

nostalgebraist 2020, "interpreting GPT: the logit lens", for the tokens of a picture (Joseph & Nanda 2024). The head was
trained on what pooling hands it, never on single patches: it says which class a patch's vector points to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from einops import einsum
from torch import Tensor

from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


@dataclass(frozen=True)
class PatchLens:
    """What the head reads from each patch at one level, as parts that add up.

    ``own``: the logits that come from the patch's vector. ``tokens``: what comes from tokens that the head reads
    beside the mean of the patches, the same for all; zero where it reads none. ``bias``: the head's.
    """

    own: np.ndarray  # (gh·gw, classes)
    tokens: np.ndarray  # (classes,)
    bias: np.ndarray  # (classes,)

    @property
    def alone(self) -> np.ndarray:
        """What the patch says without the tokens beside it: (gh·gw, classes)."""
        alone: np.ndarray = self.own + self.bias
        return alone

    @property
    def logits(self) -> np.ndarray:
        """What the model would say if all patches were like this one: (gh·gw, classes).

        Where the head reads the mean of the patches, their mean over the patches is what it says of the picture.
        """
        logits: np.ndarray = self.own + self.tokens + self.bias
        return logits


@torch.inference_mode()
def patch_lens(model: ViT, trace: Trace, level: int) -> PatchLens:
    """Final norm and head applied to every patch at ``level``: 0 before the first block, i after block i - 1.

    A patch takes the place of what pooling hands to the head: of the mean, where the mean is read (a token read
    beside it stays what it is); of the token, where only tokens are read; of all tokens, for a MAP head.
    ValueError for a model without a head.
    """
    if model.head is None:
        raise ValueError("this model has no classification head")
    final = model.pooled_norm(model.norm(trace.residual(level)))  # (b, n, d)
    patches = trace.layout.patches(final)[0]  # (gh·gw, d)
    parts = model.config.pooling.split("+")
    weights = model.head.weight.chunk(len(parts), dim=-1)  # each (classes, d)
    tokens = weights[0].new_zeros(len(weights[0]))  # (classes,)
    bias = tokens if model.head.bias is None else model.head.bias
    own = patches.new_zeros(len(patches), len(tokens))  # (gh·gw, classes)
    for part, weight in zip(parts, weights, strict=True):
        if part in trace.layout.prefix and "mean" in parts:
            token = final[0, trace.layout.prefix.index(part)]  # (d,)
            tokens = tokens + weight @ token
        else:
            own = own + einsum(_read(model, part, patches), weight, "p d, classes d -> p classes")
    return PatchLens(own.numpy(), tokens.numpy(), bias.numpy())


def _read(model: ViT, part: str, patches: Tensor) -> Tensor:
    """What pooling makes of each patch (p, d) if it is the only one: the patch itself, but for a MAP head: (p, d)."""
    if part == "map" and model.map_head is not None:
        pooled: Tensor
        pooled, _ = model.map_head(patches[:, None])
        return pooled
    return patches
