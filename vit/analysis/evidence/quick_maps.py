"""The maps that need no pass a patch, all at once, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vit.analysis.evidence.gradient_maps import gradient_maps
from vit.analysis.evidence.relevance import relevance
from vit.analysis.evidence.target import Target
from vit.analysis.output import reading_pattern
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


def quick_maps(model: ViT, trace: Trace, target: Target) -> dict[str, np.ndarray]:
    """Names as in :data:`vit.analysis.evidence.methods.METHODS` → a number a patch, (gh·gw,)."""
    by_gradient = gradient_maps(model, trace, target)
    return {
        "attention": reading_pattern(trace, model.config.pooling),
        "Grad-CAM": by_gradient.grad_cam,
        "LeGrad": by_gradient.legrad,
        "Chefer": by_gradient.chefer,
        "AttnLRP": relevance(model, trace, target)[trace.layout.n_prefix :],
    }
