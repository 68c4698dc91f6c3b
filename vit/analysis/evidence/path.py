"""Integrated gradients: the gradient collected along the way from a picture without content to this one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from einops import reduce
from torch import Tensor

from vit.analysis.evidence.backward import pixel_gradient
from vit.analysis.evidence.target import Target
from vit.model.trace import cut_into_patches

if TYPE_CHECKING:
    from vit.model.vit import ViT


def way(steps: int) -> list[float]:
    """The middles of ``steps`` equal parts of the way from 0 to 1."""
    return [(step + 0.5) / steps for step in range(steps)]


def along_the_way(model: ViT, pixels: Tensor, target: Target, places: Sequence[float]) -> np.ndarray:
    """Pixels times the gradient's mean over these places of the way, summed in each patch: (gh·gw,), signed.

    Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks" (arXiv 1703.01365), eq. 1 and 3. The way begins
    at pixels of 0, which are the average colour the model's pictures were normalised by. Over all of :func:`way` the
    patches sum to the answer's number less what it is for that empty picture, the better the more steps.
    """
    picture = pixels[:1].clone()  # (1, c, height, width)
    gradients = [pixel_gradient(model, place * picture, target) for place in places]
    brought = picture * torch.stack(gradients).mean(dim=0)
    return reduce(
        cut_into_patches(brought, model.config.patch_size, model.config.patch_shift), "1 p values -> p", "sum"
    ).numpy()


def integrated_gradients(model: ViT, pixels: Tensor, target: Target, steps: int = 16) -> np.ndarray:
    """What each patch brought, (gh·gw,), signed, of pixels (1, c, height, width)."""
    return along_the_way(model, pixels, target, way(steps))
