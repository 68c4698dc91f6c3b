"""What a model in the making sees: one pass over a few probe pictures, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from einops import rearrange

from vit.analysis.positions import comparable, position_similarity
from vit.data.augment import enlarged
from vit.model.layout import TokenLayout
from vit.model.trace import Trace
from vit.model.vit import ViT


@dataclass(frozen=True)
class Look:
    """What one model makes of n probe pictures.

    ``attention``: (n, depth, h, gh, gw) shares from the asker to every patch (:func:`asker`);
    ``probabilities``: (n, classes); ``likeness``: (gh, gw, gh, gw) cosines of the positions, None for a
    model without; ``filters``: (d, p·p·c), the patch matrix.
    """

    attention: np.ndarray
    probabilities: np.ndarray
    likeness: np.ndarray | None
    filters: np.ndarray
    embeddings: np.ndarray
    prefix: tuple[str, ...]


def look(model: ViT, images: np.ndarray) -> Look:
    """Run ``model`` on pictures as data sets hold them, (n, c, height, width) bytes, at the size it was made for."""
    recipe = model.preprocessing
    pixels = enlarged(torch.from_numpy(images).float() / 255, recipe.size)
    trace = model.trace(recipe.normalised(pixels))
    assert trace.logits is not None, "a model in training has classes"
    return Look(
        attention=asked(trace),
        probabilities=trace.logits.softmax(-1).numpy(),
        likeness=likeness(model, trace.layout),
        filters=model.patch_embedding.projection.weight.detach().numpy().copy(),
        embeddings=trace.patch_embedding.numpy(),
        prefix=trace.layout.prefix,
    )


def asked(trace: Trace) -> np.ndarray:
    """Shares of attention that patches get, in every layer and head: (b, depth, h, gh, gw).

    From CLS where there is one, else from all tokens on average. What CLS gives to itself is left out, so
    the shares of the patches sum to less than 1.
    """
    layout = trace.layout
    rows = [
        block.pattern[:, :, 0] if layout.n_prefix and layout.prefix[0] == "cls" else block.pattern.mean(2)
        for block in trace.blocks
    ]  # (b, h, n) each
    patches = layout.patches(torch.stack(rows, dim=1), axis=-1)  # (b, depth, h, gh·gw)
    return rearrange(patches, "b depth h (gh gw) -> b depth h gh gw", gh=layout.grid[0]).numpy()


def asker(prefix: tuple[str, ...]) -> str:
    """Whose attention :func:`asked` shows, in words."""
    return "CLS" if prefix and prefix[0] == "cls" else "all tokens, on average"


def likeness(model: ViT, layout: TokenLayout) -> np.ndarray | None:
    """Cosine of the positions of any two patches, (gh, gw, gh, gw); None for a model without positions."""
    table = comparable(model, layout)
    return None if table is None else position_similarity(table, layout)
