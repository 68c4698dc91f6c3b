"""The libraries whose models can be run beside ours, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vit.checkpoints.files import CheckpointError, is_file
from vit.checkpoints.loading import family_of, resolve
from vit.checkpoints.said import said_of
from vit.families.family import Family
from vit.reference import bare_twin
from vit.reference.output import AnyTwin
from vit.reference.timm_twin import load_timm
from vit.reference.twin import load_transformers

LIBRARIES: dict[str, Callable[[Path, Family], AnyTwin]] = {"transformers": load_transformers, "timm": load_timm}
NAMES = tuple(dict.fromkeys((*LIBRARIES, *bare_twin.LIBRARIES)))


def load_reference(name_or_folder: str | Path, library: str | None = None) -> AnyTwin:
    """The model of the library that a checkpoint came from. CheckpointError where there is none, or where another
    ``library`` is asked for."""
    folder = resolve(name_or_folder)
    if is_file(folder):
        return bare_twin.load_bare(folder, library, said_of(name_or_folder))
    family, _ = family_of(folder)
    if family.reference is None:
        raise CheckpointError(f"{folder} is in our own format, which no other library knows: nothing to compare.")
    own = family.reference.library
    if library not in (None, own):
        raise CheckpointError(f"{folder} is a checkpoint of {own}, not of {library}: compare it with {own}.")
    return LIBRARIES[own](folder, family)


def library_of(name_or_folder: str | Path) -> str | None:
    """The library that a checkpoint came from, None for our own format and for a file of weights alone."""
    path = resolve(name_or_folder)
    if is_file(path):
        return None
    reference = family_of(path)[0].reference
    return None if reference is None else reference.library
