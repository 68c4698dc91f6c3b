"""The position embedding: how alike positions are, and how long they are beside the patches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from vit.analysis.similarity import all_pairs
from vit.model.layout import TokenLayout
from vit.model.positions import learned_angles
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


def position_similarity(table: Tensor, layout: TokenLayout) -> np.ndarray:
    """How alike the positions of any two patches are, a grid for every patch: (gh, gw, gh, gw).

    ``table``: a row a token, (n, d), or a row a patch, (gh·gw, d). Cosine similarity; the ViT
    paper's figure 7, middle.
    """
    patches = table if len(table) == layout.n_patches else layout.patches(table)
    similarity = all_pairs(patches.numpy())  # (gh·gw, gh·gw)
    return rearrange(similarity, "(gh gw) (gh2 gw2) -> gh gw gh2 gw2", gh=layout.grid[0], gh2=layout.grid[0])


def comparable(model: ViT, layout: TokenLayout) -> Tensor | None:
    """A vector for each place, by which places can be compared; None where a model has none.

    What is added, (n, d), where something is added; else by how much q and k are turned, (gh·gw, 2·k), in all heads of
    all blocks side by side where each learned its own. Relative positions are no places.
    """
    config, places = model.config, model.places(layout)
    if config.has("learned", "sincos1d", "sincos2d"):
        return model.position_embedding(layout)
    if places is None or not config.has("rotary"):
        return None
    frequencies = [block.attention.frequency for block in model.blocks if block.attention.frequency is not None]
    learned = [learned_angles(places, frequency, config.rope_neighbours) for frequency in frequencies]  # (h, p, k) each
    return rotary_table(rearrange(learned, "blocks h p k -> p (blocks h k)") if learned else places)


def rotary_table(angle: Tensor) -> Tensor:
    """Rotary positions as vectors that can be compared: (gh·gw, k) angles → (gh·gw, 2·k).

    The cosine similarity of two of these rows is the mean of cos(angle − other angle): what the
    rotation leaves of q·k when q = k and every pair of its dimensions is equally long.
    """
    return torch.cat([angle.cos(), angle.sin()], dim=-1)


def wavelengths(width: int, base: float, axes: int) -> np.ndarray:
    """After how many positions each dimension of a sin-cos table has gone through one wave: (width,).

    2π · base^(j / pairs) for its j-th frequency, which a sine and a cosine share; ``axes`` is 1 for
    :func:`vit.model.positions.sincos_1d` (pairs side by side), 2 for ``sincos_2d`` (sines, then cosines,
    of x, then of y).
    """
    pairs = width // (2 * axes)
    period = 2 * np.pi * base ** (np.arange(pairs) / pairs)
    return period.repeat(2) if axes == 1 else np.tile(period, 4)


@dataclass(frozen=True)
class PartLengths:
    """Lengths of what is added up, a number a patch (gh·gw,) each."""

    patch: np.ndarray
    position: np.ndarray
    total: np.ndarray


def part_lengths(trace: Trace) -> PartLengths:
    """How long patch embedding, position embedding and their sum are for every patch."""
    patch = trace.patch_embedding[0]  # (gh·gw, d)
    position = trace.layout.patches(trace.position_embedding)  # (gh·gw, d)
    return PartLengths(*(x.norm(dim=-1).numpy() for x in (patch, position, patch + position)))
