"""One model whose every weight is the mean of several models' ("model soup").

Wortsman et al. 2022, arXiv 2203.05482, section 2: models that were trained from the same weights on, each in its own
way, lie in one valley; the middle of it is often better than any of them, and steadier on pictures none has learned.
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
    mean = deepcopy(first)
    weights = [model.state_dict() for model in models]
    means = {name: torch.stack([each[name].double() for each in weights]).mean(0) for name in weights[0]}
    mean.load_state_dict({name: value.to(weights[0][name].dtype) for name, value in means.items()})
    return mean
