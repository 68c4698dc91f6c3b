"""Read a checkpoint's own files: ``config.json``, ``preprocessor_config.json`` and the weights.

The key names in the files are the stable ones; transformers renames them in memory, so a checkpoint
is never read through it. Nothing in a file is ever executed.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from vit.errors import Refusal

WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)  # the first of these that is there is read; an index names the files over which the weights are spread
RECIPES = ("processor_config.json", "preprocessor_config.json")  # how pictures, and texts, are read
JSON_BYTES = 32 * 2**20  # of a file that says in words what a model is; the largest index has a tenth of it
NUMBERS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)  # what a weight can be stored as
Reader = Callable[[str], Tensor]


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


class Weights(Mapping[str, Tensor]):
    """The tensors of a checkpoint by key, read from the file when asked for, always as fp32.

    CheckpointError names the file that is missing, damaged, or would have to be executed.
    """

    def __init__(self, folder: Path) -> None:
        files = weight_files(folder)
        if files is None:
            raise CheckpointError(f"{folder} holds no weights: it needs a {WEIGHTS[0]} or a {WEIGHTS[2]}.")
        self._readers: dict[str, Reader] = {}
        self.files = ", ".join(file.name for file in files[:2]) + (" …" if len(files) > 2 else "")
        for file in files:
            if not is_file(file):
                raise CheckpointError(f"{file.name} is missing in {folder}: finish the download of its weights.")
            keys, reader = _open(file)
            self._readers.update(dict.fromkeys(keys, reader))

    def __getitem__(self, key: str) -> Tensor:
        read = self._readers[key]
        try:
            tensor = read(key)
        except (OSError, SafetensorError, LookupError, TypeError, AttributeError, RuntimeError) as error:
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
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)


def _open(file: Path) -> tuple[list[str], Reader]:
    """The keys in a weights file, and how to read one."""
    with file.open("rb") as opened:
        if opened.read(24).startswith(b"version https://git-lfs"):
            raise CheckpointError(f"{file} is only Git LFS's note of the weights: run `git lfs pull` in its folder.")
    return _open_pickle(file) if file.suffix == ".bin" else _open_safetensors(file)


def _open_safetensors(file: Path) -> tuple[list[str], Reader]:
    """The file is opened anew for each tensor, which is copied out of it: otherwise all that was read
    would stay in memory twice, and a file overwritten later would change the model."""

    def read(key: str) -> Tensor:
        with safe_open(file, framework="pt") as opened:
            tensor: Tensor = opened.get_tensor(key)
            return tensor.clone()

    try:
        with safe_open(file, framework="pt") as opened:
            return list(opened.keys()), read
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file} is damaged or cut short ({error}): fetch it again.") from None


def _is_plain(value: object) -> bool:
    """Whether it is a tensor whose every number stands in the file: others grow when they are copied."""
    if not isinstance(value, Tensor) or value.layout != torch.strided or value.is_quantized or value.is_meta:
        return False
    return value.numel() * value.element_size() <= value.untyped_storage().nbytes()


def _open_pickle(file: Path) -> tuple[list[str], Reader]:
    """A ``pytorch_model.bin``: torch reads tensors and plain containers from it and refuses the rest."""
    try:
        state = torch.load(file, map_location="cpu", weights_only=True, mmap=is_zipfile(file))
    except pickle.UnpicklingError:
        raise CheckpointError(
            f"{file} holds more than tensors, which would be run as code (nothing was): "
            f"take a checkpoint with model.safetensors."
        ) from None
    except Exception as error:  # a broken file may raise anything from here
        reason = str(error).split("\n")[0][:120] or type(error).__name__
        raise CheckpointError(f"{file} is damaged or cut short ({reason}): fetch it again.") from None
    tensors = isinstance(state, dict) and all(_is_plain(value) for value in state.values())
    if not tensors or not all(isinstance(key, str) for key in state):
        raise CheckpointError(f"{file} is not a table of tensors by name: take a checkpoint with model.safetensors.")
    return list(state), state.__getitem__
