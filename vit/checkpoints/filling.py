"""A checkpoint's tensors moved into a model, strict both ways: every key used, every parameter filled."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from vit.checkpoints.files import CheckpointError, Tensors
from vit.families import Family
from vit.families.keys import Made, source
from vit.model.vit import ViT


def sources(model: ViT, family: Family, names: Collection[str]) -> dict[str, Made | None]:
    """Where each of a model's parameters comes from, of what is there by ``names``; None where its family has no name
    for one."""
    keys = family.keys(model.config)
    return {
        target: source(target, keys, names) for target, parameter in model.state_dict().items() if parameter.numel()
    }


def fill(model: ViT, family: Family, weights: Tensors) -> None:
    """Move a checkpoint's tensors into ``model``. CheckpointError names the keys or the shape that do not fit."""
    names = family.strip(weights)
    made_of = sources(model, family, names)
    used: set[str] = set()
    state: dict[str, Tensor] = {}
    for target, parameter in model.state_dict().items():
        if parameter.numel() == 0:  # no prefix tokens: nothing to fill
            state[target] = torch.empty(parameter.shape)
            continue
        made = made_of[target]
        missing = [target] if made is None else [key for key in made.keys if key not in names]
        if made is None or missing:
            raise CheckpointError(
                f"{weights.files} lacks {_list(missing)}, which a {family.name} of {weights.told_by} needs: "
                "take the whole checkpoint."
            )
        state[target] = _make(made, names, weights)
        used.update(made.keys)
        if state[target].shape != parameter.shape:
            raise CheckpointError(
                f"{', '.join(made.keys)} in {weights.files} makes {tuple(state[target].shape)}, not "
                f"{tuple(parameter.shape)} by {weights.told_by}: {weights.otherwise}."
            )
    extra = sorted(name for name in names if name not in used and family.why_ignored(name) is None)
    if extra or len(names) < len(weights):
        raise CheckpointError(
            f"{weights.files} holds {_list(extra) or 'the same key twice'}, for which a {family.name} of "
            f"{weights.told_by} has no use: {weights.otherwise}."
        )
    model.load_state_dict(state, assign=True)


def _make(made: Made, names: dict[str, str], weights: Tensors) -> Tensor:
    """One of our parameters from the checkpoint's tensors; ``names`` maps keys without the family's root to the file's.

    CheckpointError for tensors whose shapes do not fit each other.
    """
    tensors = [weights[names[key]] for key in made.keys]
    try:
        return made.make(*tensors).contiguous()
    except (RuntimeError, IndexError, TypeError, ArithmeticError) as error:
        shapes = ", ".join(f"{key} {tuple(tensor.shape)}" for key, tensor in zip(made.keys, tensors, strict=True))
        raise CheckpointError(f"In {weights.files} the shapes of {shapes} do not fit: {error}.") from None


def _list(keys: list[str]) -> str:
    return ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
