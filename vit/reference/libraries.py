"""The libraries whose models can be run beside ours, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from vit.checkpoints.adapted import adapted_file
from vit.checkpoints.files import CheckpointError, is_file
from vit.checkpoints.loading import adapter_and_base, family_of, resolve
from vit.checkpoints.lora import is_adapter
from vit.checkpoints.merging import of_model, peeled
from vit.checkpoints.said import said_of
from vit.families.family import Family
from vit.reference import bare_twin
from vit.reference.file_pixels import origin
from vit.reference.output import AnyTwin
from vit.reference.peft_twin import Base, by_peft, whole_parts
from vit.reference.timm_twin import load_timm, load_timm_file
from vit.reference.twin import load_transformers

LIBRARIES: dict[str, Callable[[Path, Family], AnyTwin]] = {"transformers": load_transformers, "timm": load_timm}
NAMES = tuple(dict.fromkeys((*LIBRARIES, *bare_twin.LIBRARIES)))


def load_reference(name_or_folder: str | Path, library: str | None = None) -> AnyTwin:
    """The model of the library that a checkpoint came from. CheckpointError where there is none, or where another
    ``library`` is asked for."""
    folder = resolve(name_or_folder)
    if is_adapter(folder):
        return _load_adapted(name_or_folder, folder, library)
    if is_file(folder):
        said = said_of(name_or_folder)
        known = "architecture" in said
        return (load_timm_file if known else bare_twin.load_bare)(folder, said, library)
    return _load_folder(folder, family_of(folder)[0], library)


def _load_folder(folder: Path, family: Family, library: str | None) -> AnyTwin:
    if family.reference is None:
        raise CheckpointError(f"{folder} is in our own format, which no other library knows: nothing to compare.")
    own = family.reference.library
    if library not in (None, own):
        raise CheckpointError(f"{folder} is a checkpoint of {own}, not of {library}: compare it with {own}.")
    return LIBRARIES[own](folder, family)


def _load_adapted(name_or_folder: str | Path, folder: Path, library: str | None) -> AnyTwin:
    """An adapter's base in the library that it came from, with the adapter by PEFT."""
    said = said_of(name_or_folder)
    adapter, path = adapter_and_base(name_or_folder, folder, said.pop("base", None))
    if not is_file(path):
        with whole_parts(path, adapter) as base:
            twin = _load_folder(base.path, base.family, library)
        return by_peft(twin, peeled(adapter, base.family), folder, base)
    opened = adapted_file(bare_twin.read(path, said), replace(adapter, deltas={}))
    family = opened.model.scheme.family
    own = peeled(of_model(adapter, opened.model.prefix), family)
    return by_peft(
        bare_twin.twin_of(opened, path, library), own, folder, Base(path, family, family.keys(opened.config))
    )


def library_of(name_or_folder: str | Path) -> str | None:
    """The library that a checkpoint, or an adapter's base, came from, None for our own format and for a file of weights
    alone."""
    path = origin(name_or_folder)
    if is_file(path):
        return None
    reference = family_of(path)[0].reference
    return None if reference is None else reference.library
