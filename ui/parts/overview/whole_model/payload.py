"""What the picture of the whole model is drawn from, as files for the browser: every token's way, one block's heads.

Of all patterns only the five largest shares a token are sent: a hundredth of what the explorer needs, as this is the
first page, and thirty laptops may open it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ui.server.packed_arrays import packed, token_grid
from vit.analysis.components import colours
from vit.analysis.merged_patches import block_side, merge_pattern
from vit.analysis.token_paths import token_paths, toward_class, toward_output

if TYPE_CHECKING:
    from vit import Trace, ViT

SOURCES = 5  # tokens that a token is shown to take from, in every block
SIDE = 336  # pixels of the picture's longer side, at most
LIMIT = 4 * 10**6  # bytes of one block's patterns


def whole(trace: Trace, model: ViT, scores: np.ndarray) -> bytes:
    """All tokens' ways; ``scores``: components of the patches, (levels, gh·gw, 3)."""
    paths = token_paths(trace, SOURCES)
    picture = model.preprocessing.to_image(trace.pixels[0]).convert("RGB")
    picture.thumbnail((SIDE, SIDE))
    arrays = {
        "image": np.asarray(picture),  # (height, width, 3)
        "colours": np.stack([colours(level) for level in scores]),  # (levels, gh·gw, 3)
        "sources": paths.sources.astype("<u2"),  # (l, n, SOURCES)
        "shares": paths.shares.astype("<f4"),
        "attention": paths.attention.astype("<f4"),  # (l, n)
        "mlp": paths.mlp.astype("<f4"),
        "length": paths.length.astype("<f4"),  # (levels, n)
    }
    toward = _toward(model, trace)
    if toward is not None:
        arrays["toward"] = toward.astype("<f4")  # (levels, n)
    return packed(token_grid(trace.layout), arrays)


def _toward(model: ViT, trace: Trace) -> np.ndarray | None:
    if trace.logits is None:
        return toward_output(model, trace)
    return toward_class(model, trace, int(trace.logits[0].argmax()))


@torch.inference_mode()
def heads_of_block(trace: Trace, layer: int, limit: int = LIMIT) -> bytes:
    """The patterns of one block's heads, (h, n, n), patches merged to squares where they are too many."""
    side = block_side(trace.layout, trace.n_heads, limit)
    pattern = merge_pattern(trace.blocks[layer].pattern[0], trace.layout, side)
    return packed({"layer": layer, **token_grid(trace.layout, side)}, {"pattern": pattern.half().numpy()})
