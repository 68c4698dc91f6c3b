"""A trace's attention as one file a browser can read (``ui/server/packed_arrays.py``).

Patterns are fp16: half the bytes of fp32, and no value of at least 2⁻¹⁴ is off by more than 0.05 %. Contribution
is pattern × norm, so one norm a key is sent instead of a second pattern; rollout is worked out in
the browser, which has all it needs, unless patches were merged and it has not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ui.server.packed_arrays import packed, token_grid
from vit.analysis import attention
from vit.analysis.measured_heads import HeadMeasure, MeasuredHeads
from vit.analysis.merged_patches import block_side, merge_pattern, merge_tokens
from vit.figures.colour import VIRIDIS

if TYPE_CHECKING:
    from vit import Trace, ViT

LIMIT = 64 * 10**6  # bytes of patterns; ViT-B/16 at 224 px has 11 million, ViT-L/14 51 million


@torch.inference_mode()
def pack(trace: Trace, model: ViT, limit: int = LIMIT) -> tuple[bytes, MeasuredHeads]:
    """Everything the explorer shows of ``trace``, in at most about ``limit`` bytes, and what of it charts show too."""
    layout, measure = trace.layout, HeadMeasure(trace.layout, trace.patch_size)
    side = block_side(layout, trace.depth * trace.n_heads, limit)
    patterns, norms, rolled, means, most = [], [], [], [], 0.0
    before: torch.Tensor | None = None
    # What a lean trace has of a block is computed again whenever it is looked at: once for all that is needed of it.
    for recorded, block in zip(trace.blocks, model.blocks, strict=True):
        attended = recorded.attended
        pattern, norm = attended.pattern[0], attention.value_norms_of(attended.v[0], block)  # (h, n, n), (h, n)
        # Contribution is pattern × the key's norm, so its most and its mean need only those of each column.
        most = max(most, float((pattern.amax(dim=-2) * norm).max()))
        means.append(float((pattern.mean(dim=-2) * norm).mean()))
        patterns.append(merge_pattern(pattern, layout, side).half().numpy())
        norms.append(merge_tokens(norm, layout, side).numpy())
        measure.add(pattern)
        if side > 1:
            before = attention.rolled_out(pattern, before)
            rolled.append(merge_pattern(before, layout, side).numpy())
    heads = measure.found
    arrays = {
        "norms": np.stack(norms),  # (l, h, n)
        "entropy": heads.entropy,  # (l, h)
        "distance": heads.distance,
        "image": np.asarray(model.preprocessing.to_image(trace.pixels[0])),  # (height, width, 3)
    }
    all_patterns = np.stack(patterns)  # (l, h, n, n)
    arrays["firstRow"] = all_patterns[:, :, 0]  # (l, h, n)
    if trace.pool_pattern is not None:
        arrays["probe"] = merge_tokens(trace.pool_pattern[0], layout, side).numpy()  # (h, n)
    # What is large comes last: the browser fetches it a block at a time.
    if rolled:
        arrays["rollout"] = np.stack(rolled)  # (l, n, n)
    arrays["pattern"] = all_patterns
    file = packed(
        {
            **token_grid(layout, side),
            # For the scales: the mean over every query, key, head and layer, and the most there can be (or is).
            "level": {"attention": 1 / layout.n_tokens, "contribution": float(np.mean(means))},
            "most": {"attention": 1.0, "contribution": most},
            "mostEntropy": attention.most_entropy(layout),
            "colours": VIRIDIS,
        },
        arrays,
    )
    return file, heads
