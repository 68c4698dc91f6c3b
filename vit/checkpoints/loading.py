"""A checkpoint's files → a :class:`ViT`, strict both ways: every key used, every parameter filled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from vit.checkpoints import taught_head
from vit.checkpoints.files import CheckpointError, Weights, read_json, read_recipe
from vit.checkpoints.hub import Progress, download, is_hub_id
from vit.checkpoints.writing import write_folder
from vit.families import Family, family_for, own
from vit.families.keys import Made, source
from vit.families.processors import preprocessing, to_json
from vit.model.vit import ViT
from vit.paths import WEIGHTS

T = TypeVar("T")


def bundled() -> list[str]:
    """The names of the models that come with the project, the default first."""
    return sorted(path.parent.name for path in WEIGHTS.glob("*/config.json"))


def find(name_or_folder: str | Path) -> Path | None:
    """The folder of a bundled model, or the folder itself; None where there is no such folder."""
    folders = (WEIGHTS / str(name_or_folder), Path(name_or_folder))
    with suppress(OSError, ValueError):  # a name too long, with a zero byte, or of a place we may not look into
        return next((folder for folder in folders if folder.is_dir()), None)
    return None


def resolve(name_or_folder: str | Path, progress: Progress | None = None) -> Path:
    """The folder with a model's files: bundled, on the disk, in the Hugging Face cache, or downloaded.

    ``progress(done, total, file)`` is called during a download, in bytes. CheckpointError if there is no
    such model, or if it cannot be fetched.
    """
    if folder := find(name_or_folder):
        return folder
    if isinstance(name_or_folder, str) and is_hub_id(name_or_folder):
        return download(name_or_folder, progress)
    raise CheckpointError(
        f"There is no model {str(name_or_folder)!r}: give the name of a bundled one ({', '.join(bundled())}), "
        "a folder with config.json and model.safetensors, or a name on the Hub such as facebook/dinov2-small."
    )


def load_pretrained(name_or_folder: str | Path, progress: Progress | None = None) -> ViT:
    """Load a model for looking at: on the CPU, in fp32, in evaluation mode.

    ``name_or_folder`` is a bundled model, a folder with ``config.json`` and weights, or a name on the
    Hugging Face Hub, which is downloaded once into the ordinary cache (see :func:`resolve`). A folder with a taught
    head opens as its backbone with that head. CheckpointError says what is wrong with any other.
    """
    folder = resolve(name_or_folder, progress)
    said = _said(folder)
    if said.get("model_type") == taught_head.MODEL_TYPE:
        return taught_head.load_taught_head(folder, said, lambda name: _load(_backbone(folder, name, progress)))
    return _load(folder)


def is_shareable(name: str) -> bool:
    """Whether others have a model of this name too: it is bundled, or one of the Hub's."""
    return name in bundled() or (find(name) is None and is_hub_id(name))


def _backbone(folder: Path, name: str, progress: Progress | None) -> Path:
    """The folder of the model that the head in ``folder`` names. A head may come from anybody: it names no folder."""
    if not is_shareable(name):
        raise CheckpointError(
            f"The head in {folder} belongs to a model called {name!r}, which is neither bundled nor a name on the Hub."
        )
    return resolve(name, progress)


def _load(folder: Path) -> ViT:
    family, hub = family_of(folder)
    weights = Weights(folder)
    config = _read(folder, "config.json", lambda: family.config(hub, family.strip(weights)))
    if config.depth > len(weights):
        raise CheckpointError(
            f"config.json in {folder} asks for {config.depth} blocks, {weights.files} has only {len(weights)} tensors."
        )
    file, recipe = read_recipe(folder)
    if recipe is None and (recipe := _read(folder, "config.json", lambda: family.recipe(hub))):
        file = "config.json"
    pictures = _read(folder, file, lambda: preprocessing(recipe, family.processor, config))
    with torch.device("meta"):
        model = _read(folder, "config.json", lambda: ViT(config, pictures))
    fill(model, family, weights)
    return model.eval().requires_grad_(False)


def family_of(folder: Path) -> tuple[Family, dict[str, Any]]:
    """The family a folder's ``config.json`` names, and what stands in it. CheckpointError for a head alone."""
    hub = _said(folder)
    if hub.get("model_type") == taught_head.MODEL_TYPE:
        raise CheckpointError(
            f"{folder} is a head that was taught here, not a whole model: open or verify the model it belongs to."
        )
    return family_for(hub, str(folder)), hub


def _said(folder: Path) -> dict[str, Any]:
    """What stands in a folder's ``config.json``; CheckpointError where there is none."""
    said = read_json(folder, "config.json")
    if said is None:
        raise CheckpointError(f"{folder} has no config.json, which says what kind of model it is: add it.")
    return said


def _read(folder: Path, file: str, read: Callable[[], T]) -> T:
    """What ``read`` makes of a file's values; CheckpointError for values it cannot read."""
    try:
        return read()
    except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise CheckpointError(f"{file} in {folder} cannot be used ({error}): correct or replace it.") from None


def fill(model: ViT, family: Family, weights: Weights) -> None:
    """Move a checkpoint's tensors into ``model``. CheckpointError names the keys or the shape that do not fit."""
    names = family.strip(weights)
    keys = family.keys(model.config)
    used: set[str] = set()
    state: dict[str, Tensor] = {}
    for target, parameter in model.state_dict().items():
        if parameter.numel() == 0:  # no prefix tokens: nothing to fill
            state[target] = torch.empty(parameter.shape)
            continue
        made = source(target, keys, names)
        missing = [target] if made is None else [key for key in made.keys if key not in names]
        if made is None or missing:
            raise CheckpointError(
                f"{weights.files} lacks {_list(missing)}, which a {family.name} of this config.json needs: "
                "take the whole checkpoint."
            )
        state[target] = _make(made, names, weights)
        used.update(made.keys)
        if state[target].shape != parameter.shape:
            raise CheckpointError(
                f"{', '.join(made.keys)} in {weights.files} makes {tuple(state[target].shape)}, "
                f"config.json asks for {tuple(parameter.shape)}: the two belong to different models."
            )
    extra = sorted(name for name in names if name not in used and family.why_ignored(name) is None)
    if extra or len(names) < len(weights):
        raise CheckpointError(
            f"{weights.files} holds {_list(extra) or 'the same key twice'}, for which a {family.name} of this "
            "config.json has no use: the two belong to different models."
        )
    model.load_state_dict(state, assign=True)


def _make(made: Made, names: dict[str, str], weights: Weights) -> Tensor:
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


def save_pretrained(model: ViT, folder: Path) -> None:
    """Write a model so that :func:`load_pretrained` reads it back: our config, our names, safetensors."""
    filled = {name: tensor for name, tensor in model.state_dict().items() if tensor.numel()}
    said = {"preprocessor_config.json": to_json(model.preprocessing), "config.json": own.to_json(model.config)}
    write_folder(folder, filled, said)  # a model without prefix tokens has an empty one, which is not worth a key
