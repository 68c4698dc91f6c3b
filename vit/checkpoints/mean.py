"""One model whose every weight is the mean of several models' ("model soup").

Wortsman et al. 2022, arXiv 2203.05482, section 2: models that were trained from the same weights on, each in its own
way, lie in one valley; the middle of it is often better than any of them, and steadier on pictures none has learned.
On the way back to those first weights it is steadier still (Wortsman et al. 2021, arXiv 2109.01903, section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import fields

import torch

from vit.checkpoints.files import CheckpointError
from vit.model.vit import ViT

IN_TRAINING_ONLY = ("dropout",)


def mean_of(models: Sequence[ViT]) -> ViT:
    """A new model. CheckpointError where they are not of one shape, with the same classes and pictures.

    How surely it answers is not fitted anew: temperatures that runs folded into their heads are averaged too.
    """
    first = models[0]
    for other in models[1:]:
        for what, one, its in (
            ("model", first.config, other.config),
            ("way pictures are prepared", first.preprocessing, other.preprocessing),
        ):
            names = [field.name for field in fields(one) if field.name not in IN_TRAINING_ONLY]
            differing = [name for name in names if getattr(one, name) != getattr(its, name)]
            if differing:
                raise CheckpointError(f"These have no mean: the {what} differs in {', '.join(differing)}.")
    weights = [model.state_dict() for model in models]
    return _with_weights(
        first, {name: torch.stack([each[name].double() for each in weights]).mean(0) for name in weights[0]}
    )


def toward(model: ViT, start: ViT, share: float) -> ViT:
    """A new model: of every weight that ``start`` has too, ``share`` of the way from ``model`` to it; a head that only
    the one or the other has stays the model's. CheckpointError where the blocks are not of one shape."""
    own, first = model.state_dict(), start.state_dict()
    missing = [name for name in own if not name.startswith("head.") and name not in first]
    missing += [name for name in own if name in first and own[name].shape != first[name].shape]
    if missing:
        raise CheckpointError(f"The model was not trained from that one: {missing[0]} is not there in this shape.")
    return _with_weights(
        model, {name: torch.lerp(own[name].double(), first[name].double(), share) for name in own if name in first}
    )


def _with_weights(model: ViT, weights: dict[str, torch.Tensor]) -> ViT:
    """A copy of the model with these in place of its own."""
    copy = deepcopy(model)
    own = copy.state_dict()
    copy.load_state_dict(own | {name: value.to(own[name].dtype) for name, value in weights.items()})
    return copy
