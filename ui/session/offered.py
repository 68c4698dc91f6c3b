"""What may be chosen: the models a session can use, and the resolutions that fit a model and the memory.

Imports torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui.server.traces import TRACE_BYTES
from ui.session import choices, trained_models
from ui.session.keys import chosen
from vit.checkpoints.catalogue import CATALOGUE, on_this_machine
from vit.checkpoints.hub import cached, is_hub_id
from vit.checkpoints.loading import bundled

if TYPE_CHECKING:
    from vit import ViT

_SIDES = (112, 224, 336, 448, 518)


@st.cache_data(ttl=60, show_spinner=False)
def without_network() -> list[str]:
    """Models that load without a network: bundled ones, then those of the catalogue found in the cache."""
    others = [entry.name for entry in CATALOGUE if entry.name not in bundled() and on_this_machine(entry.name)]
    ordered = sorted(bundled(), key=lambda name: name != choices.DEFAULT_MODEL)
    return ordered + others


def models() -> list[str]:
    """What the menu lists: models on this machine, the best of every run, and those this session has added or taught.

    A link may name a model of the Hub that lies in the cache, or a run's checkpoint. It may not name any other
    folder, nor start a download.
    """
    asked = chosen.model
    linked = [asked] if (is_hub_id(asked) and cached(asked)) or trained_models.parts(asked) else []
    return list(dict.fromkeys([*without_network(), *trained_models.offered(), *chosen.added, *chosen.heads, *linked]))


def whole_models() -> list[str]:
    """Those with weights of their own, which a training can go on from: all but the heads that were taught."""
    return [name for name in models() if name not in chosen.heads]


def resolutions(model: ViT) -> dict[int, tuple[int, int]]:
    """Side in pixels → (tokens, bytes of a trace), for every size that fits this model and the memory."""
    config, own = model.config, model.preprocessing.size[0]
    fitting = {}
    if config.own_grid_only:
        sides = set()
    else:
        sides = {side // config.patch_size * config.patch_size for side in (*_SIDES, *config.image_size)}
    for side in sorted(sides | {own}):
        tokens = len(config.prefix) + (side // config.patch_size) ** 2
        size = 4 * config.depth * (config.heads * tokens**2 + 5 * tokens * config.width)
        if side == own or (side >= 4 * config.patch_size and size < 0.8 * TRACE_BYTES):
            fitting[side] = (tokens, size)
    return fitting
