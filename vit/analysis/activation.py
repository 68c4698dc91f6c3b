"""An MLP's activation as a function of one number, to be drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

from vit.model.activations import ACTIVATIONS

if TYPE_CHECKING:
    from vit.model.vit import ViT


@torch.inference_mode()
def curve(model: ViT, x: np.ndarray) -> np.ndarray:
    """What the activation makes of each number of ``x``; for SwiGLU what it makes of the gate, silu."""
    numbers = torch.from_numpy(x.copy())
    name = model.config.activation
    y = F.silu(numbers) if name == "swiglu" else ACTIVATIONS[name](numbers)
    curve: np.ndarray = y.numpy()
    return curve
