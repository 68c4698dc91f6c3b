"""Named points of a pass at which its tensor can be replaced.

An edit is a function from the tensor at a point to the tensor that takes its place; everything after the point is
computed from what it returns. Points are named as in the trace: ``tokens``, ``blocks.3.pattern``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

Edit = Callable[[Tensor], Tensor]
Edits = Mapping[str, Edit]

NO_EDITS: Edits = {}
# In the order in which a pass comes to them; "places" is what ViT.places says, also of relative positions. In a
# block, q and k are met after a rotary model has turned them, attn_out and mlp_out as they are added to the residual
# stream (after LayerScale), mlp_hidden after the activation.
POINTS_BEFORE = ("patch_embedding", "position_embedding", "tokens", "places")
POINTS_OF_A_BLOCK = (
    "norm1", "q", "k", "v", "pattern", "z", "attn_out", "resid_mid", "norm2", "mlp_hidden", "mlp_out", "resid_post",
)  # fmt: skip
POINTS_AFTER = ("final", "pooled")


def edited(edits: Edits, point: str, x: Tensor) -> Tensor:
    """``x``, or what the edit at ``point`` makes of it."""
    return edits[point](x) if point in edits else x


def edits_of_block(edits: Edits, layer: int) -> Edits:
    """The edits inside block ``layer``, by their names in the block: ``blocks.3.pattern`` → ``pattern``."""
    prefix = f"blocks.{layer}."
    return {point.removeprefix(prefix): edit for point, edit in edits.items() if point.startswith(prefix)}


def check_points(edits: Edits, depth: int) -> None:
    """ValueError, with the list of all points, for an edit at a point that a model of ``depth`` blocks has not."""
    inside = {f"blocks.{layer}.{point}" for layer in range(depth) for point in POINTS_OF_A_BLOCK}
    if unknown := set(edits) - {*POINTS_BEFORE, *inside, *POINTS_AFTER}:
        known = f"{', '.join((*POINTS_BEFORE, *POINTS_AFTER))}; blocks.i. (i from 0 to {depth - 1}) followed by "
        raise ValueError(
            f"cannot edit {', '.join(sorted(unknown))}: the points are {known}{', '.join(POINTS_OF_A_BLOCK)}"
        )
