"""Read a checkpoint's own files: ``config.json``, ``preprocessor_config.json``, ``model.safetensors``.

The key names in the files are the stable ones; transformers renames them in memory, so a checkpoint
is never read through it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; its message is one sentence that says why and what to do."""


def read_json(folder: Path, name: str) -> dict[str, Any] | None:
    """A JSON object from ``folder``, None where there is no such file."""
    path = folder / name
    if not path.is_file():
        return None
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{name} in {folder} cannot be read: {error}.") from None
    if not isinstance(value, dict):
        raise CheckpointError(f"{name} in {folder} should hold a JSON object and does not.")
    return value


class Weights(Mapping[str, Tensor]):
    """The tensors of a checkpoint by key, read from the file when asked for, always as fp32."""

    def __init__(self, folder: Path) -> None:
        path = folder / "model.safetensors"
        if not path.is_file():
            raise CheckpointError(f"{folder} holds no model.safetensors.")
        try:
            self._file = safe_open(path, framework="pt")
        except (OSError, SafetensorError) as error:
            raise CheckpointError(f"{path} is damaged or cut short: {error}.") from None
        self._keys = tuple(self._file.keys())

    def __getitem__(self, key: str) -> Tensor:
        if key not in self._keys:
            raise KeyError(key)
        return self._file.get_tensor(key).to(torch.float32)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
