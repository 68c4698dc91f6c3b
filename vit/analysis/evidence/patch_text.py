"""How near each patch's own output lies to a text: the naive map, to be seen beside the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


@torch.inference_mode()
def patch_text_cosine(model: ViT, trace: Trace, text: Tensor, projection: Tensor | None) -> np.ndarray:
    """Cosine of each patch's output, put in the place of the pooled one, with a text (e,): (gh·gw,).

    A MAP head reads each patch as if it were the only token. No patch was ever compared with a text in training, only
    the pooled output was; with CLIP the background often lies nearer to the text than what the text names (Li et al.
    2023, "CLIP Surgery", arXiv 2304.05653, section 3).
    """
    patches = trace.layout.patches(trace.final)[0]  # (gh·gw, d)
    if model.map_head is not None:
        patches, _ = model.map_head(patches[:, None])  # each alone
    shared = patches if projection is None else patches @ projection.mT  # (gh·gw, e)
    return (F.normalize(shared, dim=-1) @ F.normalize(text, dim=-1)).numpy()
