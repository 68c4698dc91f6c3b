"""Read a checkpoint's own files: ``config.json``, ``preprocessor_config.json`` and the weights.

The key names in the files are the stable ones; transformers renames them in memory, so a checkpoint
is never read through it. Nothing in a file is ever executed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vit.checkpoints import pickles
from vit.checkpoints.stored import NUMBERS, Stored, Table, UnreadableError, read_safetensors
from vit.errors import Refusal

WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)  # the first of these that is there is read; an index names the files over which the weights are spread
RECIPES = ("processor_config.json", "preprocessor_config.json")  # how pictures, and texts, are read
JSON_BYTES = 32 * 2**20  # of a file that says in words what a model is; the largest index has a tenth of it


class CheckpointError(Refusal, ValueError):
    """A checkpoint that cannot be used; its message is one sentence that says why and what to do."""


def read_json(folder: Path, name: str) -> dict[str, Any] | None:
    """A JSON object from ``folder``, None where there is no such file."""
    path = folder / name
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > JSON_BYTES:
            raise ValueError(f"it has {path.stat().st_size / 2**20:.0f} MB")
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{name} in {folder} cannot be read ({error}): fetch it again.") from None
    if not isinstance(value, dict):
        raise CheckpointError(f"{name} in {folder} should hold a JSON object and does not: fetch it again.")
    return value


def weight_files(folder: Path) -> list[Path] | None:
    """The files that hold a folder's weights, which need not all be there; None if there is none."""
    found = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
    if found is None:
        return None
    if found.suffix != ".json":
        return [found]
    parts = (read_json(folder, found.name) or {}).get("weight_map")
    names = sorted(set(parts.values())) if isinstance(parts, dict) and _plain_names(parts.values()) else []
    if not names:
        raise CheckpointError(f"{found.name} in {folder} does not say which files hold the weights: fetch it again.")
    return [folder / name for name in names]


def read_recipe(folder: Path) -> tuple[str, dict[str, Any] | None]:
    """How pictures are to be read, and the file that says so: as transformers does, what ``processor_config.json`` says
    of pictures comes before ``preprocessor_config.json``; None where neither is there."""
    both = read_json(folder, RECIPES[0]) or {}
    if isinstance(inner := both.get("image_processor"), dict):
        return RECIPES[0], inner
    return RECIPES[1], read_json(folder, RECIPES[1])


def is_file(path: Path) -> bool:
    """Whether there is such a file; False for a name that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _plain_names(names: Any) -> bool:
    """Whether all are plain file names: an index must not lead out of its folder."""
    return all(isinstance(name, str) and name and Path(name).name == name for name in names)


class Tensors(Mapping[str, Tensor]):
    """A table of tensors by key, each read from its file when asked for, always as fp32.

    ``files`` names where they come from, ``told_by`` what the shape of their model is known from, ``otherwise`` what
    may be the case where they do not fit that. CheckpointError for one that is damaged, or no weight.
    """

    def __init__(
        self,
        table: Table,
        files: str,
        told_by: str = "this config.json",
        otherwise: str = "the two belong to different models",
    ) -> None:
        self.table, self.files, self.told_by, self.otherwise = table, files, told_by, otherwise

    def __getitem__(self, key: str) -> Tensor:
        stored = self.table[key]
        try:
            tensor = stored.read()
        except (OSError, LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RuntimeError) as error:
            raise CheckpointError(f"{key} in {self.files} cannot be read ({error}): fetch the file again.") from None
        if tensor.dtype not in NUMBERS:  # whole numbers, and eighths of a float, mean something with their scales only
            kind = str(tensor.dtype).removeprefix("torch.")
            raise CheckpointError(f"{key} in {self.files} is {kind}: take a checkpoint that is not quantised.")
        numbers = tensor.to(torch.float32)
        if numbers.numel() and not all(bound.isfinite() for bound in torch.aminmax(numbers)):  # NaN is both bounds then
            wrong = int((~numbers.isfinite()).sum())
            raise CheckpointError(
                f"{key} in {self.files} holds {wrong:,} of {numbers.numel():,} numbers that are infinite or none at "
                "all (NaN): the checkpoint is damaged, or was saved in a precision too small for it."
            )
        return numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)


class Weights(Tensors):
    """The tensors of a folder. CheckpointError names the file that is missing, damaged, or would have to be run."""

    def __init__(self, folder: Path) -> None:
        files = weight_files(folder)
        if files is None:
            raise CheckpointError(f"{folder} holds no weights: it needs a {WEIGHTS[0]} or a {WEIGHTS[2]}.")
        table: dict[str, Stored] = {}
        for file in files:
            if not is_file(file):
                raise CheckpointError(f"{file.name} is missing in {folder}: finish the download of its weights.")
            table |= read_table(file)
        super().__init__(table, ", ".join(file.name for file in files[:2]) + (" …" if len(files) > 2 else ""))


def read_table(file: Path) -> Table:
    """The tensors of one file of a folder."""
    tree = read_tree(file)
    if not all(isinstance(value, Stored) for value in tree.values()):
        raise CheckpointError(f"{file} is not a table of tensors by name: take a checkpoint with model.safetensors.")
    return tree


def read_tree(file: Path) -> Mapping[str, Any]:
    """What a file holds by name: :class:`Stored` for each tensor, else what was saved beside them, tables in tables
    too. CheckpointError where it cannot be opened, or would have to be run."""
    try:
        with file.open("rb") as opened:
            start = opened.read(24)
        if start.startswith(b"version https://git-lfs"):
            raise CheckpointError(f"{file} is only Git LFS's note of the weights: run `git lfs pull` in its folder.")
        if start[8:9] == b"{" or file.suffix == ".safetensors":
            return read_safetensors(file)
        return pickles.read(file)
    except (UnreadableError, OSError) as error:
        raise CheckpointError(f"{file} {error}") from None
