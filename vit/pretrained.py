"""A checkpoint's files → a :class:`ViT`, strict both ways: every key used, every parameter filled."""

from __future__ import annotations

from pathlib import Path

import torch

from vit.checkpoint import CheckpointError, Weights, read_json
from vit.families import FAMILIES, Family
from vit.families.family import assemble
from vit.model import ViT
from vit.preprocess import Preprocessing

BUNDLED = Path(__file__).resolve().parent.parent / "weights"


def bundled() -> list[str]:
    """The names of the models that come with the project, the default first."""
    return sorted(path.parent.name for path in BUNDLED.glob("*/config.json"))


def find(name_or_folder: str | Path) -> Path:
    """The folder of a model: a bundled name, or a folder. CheckpointError if there is none."""
    for folder in (BUNDLED / str(name_or_folder), Path(name_or_folder)):
        if (folder / "config.json").is_file():
            return folder
    raise CheckpointError(
        f"There is no model {str(name_or_folder)!r}: give the name of a bundled one "
        f"({', '.join(bundled())}) or a folder with config.json and model.safetensors."
    )


def load_pretrained(name_or_folder: str | Path) -> ViT:
    """Load a model for looking at: on the CPU, in fp32, in evaluation mode.

    ``name_or_folder`` is the name of a bundled model or a folder with ``config.json``,
    ``model.safetensors`` and, if the model wants its pictures otherwise than resized to the trained
    size with ImageNet's mean and deviation, ``preprocessor_config.json``. CheckpointError says what
    is wrong with any other.
    """
    folder = find(name_or_folder)
    hub = read_json(folder, "config.json") or {}
    family = FAMILIES.get(hub.get("model_type", ""))
    if family is None:
        raise CheckpointError(
            f"{folder / 'config.json'} says model_type {hub.get('model_type')!r}; "
            f"what can be loaded: {', '.join(sorted(FAMILIES))}."
        )
    try:
        config = family.config(hub)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{folder / 'config.json'} does not describe a {family.name} model: {error}.") from None
    recipe = read_json(folder, "preprocessor_config.json")
    try:
        preprocessing = Preprocessing.from_hub(recipe) if recipe else None
    except ValueError as error:
        raise CheckpointError(f"In {folder}: {error}.") from None
    with torch.device("meta"):
        model = ViT(config, preprocessing)
    fill(model, family, Weights(folder))
    return model.eval().requires_grad_(False)


def fill(model: ViT, family: Family, weights: Weights) -> None:
    """Move a checkpoint's tensors into ``model``. CheckpointError names the first key that does not fit."""
    root = next(
        (root for root in family.roots if any(key in weights for key in _first_keys(family, root))), family.roots[0]
    )
    unused, state = set(weights), {}
    for target, parameter in model.state_dict().items():
        sources = [root + key for key in family.sources(target)]
        missing = [key for key in sources if key not in weights]
        if missing or not sources:
            raise CheckpointError(f"The checkpoint lacks {', '.join(missing) or target!r}, which a {family.name} needs.")
        state[target] = assemble(target, [weights[key] for key in sources]).contiguous()
        if state[target].shape != parameter.shape:
            raise CheckpointError(
                f"{', '.join(sources)} gives {tuple(state[target].shape)}, config.json asks for {tuple(parameter.shape)}."
            )
        unused.difference_update(sources)
    unused -= {root + key for key in family.ignored}
    if unused:
        raise CheckpointError(f"The checkpoint holds keys a {family.name} has no use for: {', '.join(sorted(unused)[:5])}.")
    model.load_state_dict(state, assign=True)


def _first_keys(family: Family, root: str) -> list[str]:
    return [root + key for key in family.sources("patch_embedding.projection.weight")]
