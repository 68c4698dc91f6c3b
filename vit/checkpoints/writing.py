"""Tensors into a file, and a model's folder written so that nobody reads half of it."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from vit.whole_files import write_whole


def save_tensors(tensors: Mapping[str, Tensor], path: Path, metadata: dict[str, str] | None = None) -> None:
    """Write a safetensors file. OSError where it cannot be written, as for any file; the library has an error of its
    own for a full disk, with the system's number in its words."""
    try:
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata)
    except SafetensorError as error:
        said = re.search(r"os error (\d+)", str(error))
        number = int(said[1]) if said else errno.EIO
        raise OSError(number, os.strerror(number), str(path)) from None


def write_folder(folder: Path, tensors: Mapping[str, Tensor], said: Mapping[str, dict[str, Any]]) -> None:
    """``tensors`` to ``model.safetensors``, then each file of ``said`` in its order.

    Each file appears whole or not at all. ``config.json`` belongs last, so a folder that has one is complete. OSError
    where one cannot be written.
    """
    write_whole(folder / "model.safetensors", lambda file: save_tensors(tensors, file))
    for name, value in said.items():
        text = json.dumps(value, indent=2)
        write_whole(folder / name, partial(Path.write_text, data=text, encoding="utf-8"))
