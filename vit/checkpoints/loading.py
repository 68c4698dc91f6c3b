"""A checkpoint's files → a :class:`ViT`, strict both ways: every key used, every parameter filled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import torch

from vit.checkpoints import bare, taught_head
from vit.checkpoints.adapted import adapted_file, adapted_folder, base_of, notes
from vit.checkpoints.files import CheckpointError, Tensors, Weights, is_file, read_json, read_recipe
from vit.checkpoints.filling import fill
from vit.checkpoints.hub import Progress, cached, download, is_hub_id
from vit.checkpoints.lora import Adapter, is_adapter, read_adapter
from vit.checkpoints.meant import meant
from vit.checkpoints.said import said_of
from vit.checkpoints.writing import write_folder
from vit.families import Family, family_for, own
from vit.families.processors import preprocessing, to_json
from vit.model.vit import ViT
from vit.paths import WEIGHTS

T = TypeVar("T")


def bundled() -> list[str]:
    """The names of the models that come with the project, the default first."""
    return sorted(path.parent.name for path in WEIGHTS.glob("*/config.json"))


def find(name_or_path: str | Path) -> Path | None:
    """The folder of a bundled model, or the folder or file itself (what its name says behind a ? aside), or None."""
    paths = (WEIGHTS / str(name_or_path), Path(name_or_path), Path(str(name_or_path).partition("?")[0]))
    with suppress(OSError, ValueError):  # a name too long, with a zero byte, or of a place we may not look into
        return next((path for path in paths if path.is_dir() or path.is_file()), None)
    return None


def resolve(name_or_path: str | Path, progress: Progress | None = None) -> Path:
    """The folder with a model's files: bundled, on the disk, in the Hugging Face cache, or downloaded; or the one file
    of weights that is named, or that stands in a folder without a ``config.json``.

    ``progress(done, total, file)`` is called during a download, in bytes. CheckpointError if there is no
    such model, or if it cannot be fetched.
    """
    if path := find(name_or_path):
        return meant(path)
    if isinstance(name_or_path, str) and is_hub_id(name_or_path):
        return download(name_or_path, progress)
    raise CheckpointError(
        f"There is no model {str(name_or_path)!r}: give the name of a bundled one ({', '.join(bundled())}), "
        "a folder with config.json and model.safetensors, a file of weights, or a name on the Hub such as "
        "facebook/dinov2-small."
    )


def load_pretrained(name_or_path: str | Path, progress: Progress | None = None, **said: Any) -> ViT:
    """Load a model for looking at: on the CPU, in fp32, in evaluation mode.

    ``name_or_path`` is a bundled model, a folder with ``config.json`` and weights, a file of weights alone, or a name
    on the Hugging Face Hub, which is downloaded once into the ordinary cache (see :func:`resolve`). A folder with a
    taught head opens as its backbone with that head, one with a LoRA adapter as its base with the adapter merged
    (``base`` says which, if not the one the adapter names). CheckpointError says what is wrong with any other.

    ``said`` is what a file of weights cannot say itself, such as ``heads=6`` (None: guess it); all that can be said
    stands in :data:`vit.checkpoints.said.SAID`, what was guessed instead in the model's ``notes``. ``part="student"``
    opens another than the usual one of several models in a file. The name can say the same: ``"dino.pth?heads=6"``.
    With ``architecture`` or ``model_type``, ``said`` is what a ``config.json`` would say.
    """
    path = resolve(name_or_path, progress)
    said = said_of(name_or_path) | {key: value for key, value in said.items() if value is not None}
    if is_adapter(path):
        return _load_adapter(name_or_path, path, said)
    if is_file(path):
        return _load_file(path, said)
    hub = _said(path)
    _refuse(path, said)
    if hub.get("model_type") == taught_head.MODEL_TYPE:
        return taught_head.load_taught_head(path, hub, lambda name: _load(_backbone(path, name, progress)))
    return _load(path)


def at_hand(name: str) -> Path | None:
    """The folder or file of a model on this machine, None for one that would have to be downloaded."""
    path = find(name)
    return meant(path) if path else (cached(name) if is_hub_id(name) else None)


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


def _load_file(file: Path, said: dict[str, Any]) -> ViT:
    if said.keys() & {"architecture", "model_type"}:  # a person says what a config.json would
        hub, weights = _opened(file, lambda: bare.as_config(file, said))
        return _open(file, family_for(hub, str(file)), hub, weights)
    found = _opened(file, lambda: bare.read(file, said))
    return _opened(file, lambda: bare.build(found))


def adapter_and_base(name_or_path: str | Path, folder: Path, named: str | None) -> tuple[Adapter, Path]:
    """The adapter in ``folder``, which is what ``name_or_path`` stands for, and the folder or file of its base, where
    that is ``named`` or at hand. What an adapter of the Hub names may come from anybody: it names no folder."""
    adapter, ours = read_adapter(folder), find(name_or_path) is not None
    return adapter, base_of(folder, adapter, named, lambda one: at_hand(one) if ours or is_shareable(one) else None)


def _load_adapter(name_or_path: str | Path, folder: Path, said: dict[str, Any]) -> ViT:
    """The base that an adapter in ``folder`` changes, with the adapter merged. ``said``: of the base."""
    adapter, path = adapter_and_base(name_or_path, folder, named := said.pop("base", None))
    if is_file(path):
        found = _opened(path, lambda: bare.read(path, said))
        model = _opened(path, lambda: bare.build(adapted_file(found, adapter)))
        family, prefix = found.model.scheme.family, found.model.prefix
    else:
        _refuse(path, said)
        (family, hub), prefix = _family_of(path), ""
        weights = Weights(path)
        hub, tensors = _read(path, "config.json", lambda: adapted_folder(family, hub, weights, adapter))
        model = _open(path, family, hub, tensors)
    model.notes = (*notes(adapter, family, str(named or adapter.base or path.name), prefix), *model.notes)
    return model


def _refuse(path: Path, said: dict[str, Any]) -> None:
    """CheckpointError where anything is said of a model that says all of itself."""
    if said:
        raise CheckpointError(f"{path} has a config.json, which says what it is: {', '.join(said)} cannot be said too.")


def _opened(file: Path, read: Callable[[], T]) -> T:
    """What ``read`` makes of a file of weights; CheckpointError where it can make nothing of it."""
    try:
        return read()
    except CheckpointError:
        raise
    except (ValueError, RuntimeError) as error:
        sentence = f"{file} cannot be opened ({error}): `python -m vit.inspect` shows what is in it."
        raise CheckpointError(sentence) from None


def _load(folder: Path) -> ViT:
    return _open(folder, *_family_of(folder), Weights(folder))


def _open(path: Path, family: Family, hub: dict[str, Any], weights: Tensors) -> ViT:
    """A model of ``weights``, as a ``config.json`` (``hub``) describes it."""
    config = _read(path, "config.json", lambda: family.config(hub, family.strip(weights)))
    if config.depth > len(weights):
        raise CheckpointError(
            f"config.json in {path} asks for {config.depth} blocks, {weights.files} has only {len(weights)} tensors."
        )
    file, recipe = read_recipe(path)
    if recipe is None and (recipe := _read(path, "config.json", lambda: family.recipe(hub))):
        file = "config.json"
    pictures = _read(path, file, lambda: preprocessing(recipe, family.processor, config))
    with torch.device("meta"):
        model = _read(path, "config.json", lambda: ViT(config, pictures))
    fill(model, family, weights)
    return model.eval().requires_grad_(False)


def family_of(folder: Path) -> tuple[Family, dict[str, Any]]:
    """The family a folder's ``config.json`` names, and what stands in it. CheckpointError for a head or an adapter."""
    if is_adapter(folder) and not is_file(folder / "config.json"):
        raise CheckpointError(f"{folder} is an adapter, which is of the family of the model that it changes.")
    return _family_of(folder)


def _family_of(folder: Path) -> tuple[Family, dict[str, Any]]:
    if is_file(folder):
        raise CheckpointError(
            f"{folder} is a file of weights alone, with no config.json that other libraries could open."
        )
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
        raise CheckpointError(
            f"{folder} has no config.json, which says what kind of model it is: add it, or name a file in it."
        )
    return said


def _read(folder: Path, file: str, read: Callable[[], T]) -> T:
    """What ``read`` makes of a file's values; CheckpointError for values it cannot read."""
    try:
        return read()
    except CheckpointError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise CheckpointError(f"{file} in {folder} cannot be used ({error}): correct or replace it.") from None


def save_pretrained(model: ViT, folder: Path) -> None:
    """Write a model so that :func:`load_pretrained` reads it back: our config, our names, safetensors."""
    filled = {name: tensor for name, tensor in model.state_dict().items() if tensor.numel()}
    said = {"preprocessor_config.json": to_json(model.preprocessing), "config.json": own.to_json(model.config)}
    write_folder(folder, filled, said)  # a model without prefix tokens has an empty one, which is not worth a key
