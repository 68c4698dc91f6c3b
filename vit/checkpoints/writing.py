"""A model's folder written so that nobody reads half of it: tensors, and what stands beside them as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor


def write_folder(folder: Path, tensors: Mapping[str, Tensor], said: Mapping[str, dict[str, Any]]) -> None:
    """``tensors`` to ``model.safetensors``, then each file of ``said`` in its order.

    Each file appears whole or not at all. ``config.json`` belongs last, so a folder that has one is complete.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / "model.safetensors.tmp"
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, temporary)
    os.replace(temporary, folder / "model.safetensors")
    for name, value in said.items():
        (folder / f"{name}.tmp").write_text(json.dumps(value, indent=2), encoding="utf-8")
        os.replace(folder / f"{name}.tmp", folder / name)
