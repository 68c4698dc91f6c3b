"""Occlusion: each patch taken away alone, and how much of the answer goes with it.

Zeiler & Fergus 2014 (arXiv 1311.2901), section 4.2, without the grey square: the patch is not painted over but taken
out of the row of tokens. Exact, and a pass a patch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from vit.analysis.evidence.target import Target
from vit.experiments.removal import with_only
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


@torch.inference_mode()
def lost_without(model: ViT, first: Trace, target: Target, patches: Sequence[int]) -> np.ndarray:
    """By how much the answer's number falls when each of these patches is away, one at a time: (patches,), signed.

    ValueError for a picture of a single patch.
    """
    n = first.layout.n_patches
    if n == 1:
        raise ValueError("one patch at least must stay in sight")
    kept = np.stack([np.delete(np.arange(n), patch) for patch in patches])  # (patches, gh·gw − 1)
    lost: np.ndarray = (target.score(first.pooled[:1]) - target.score(with_only(model, first, kept))).numpy()
    return lost
