"""A tensor in a file: what is known of it without reading it. And the tensors of a safetensors file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

HEADER_BYTES = 8 * 2**20  # of a safetensors file's list of tensors; that of the largest ViT has a tenth of it
# What safetensors calls a kind of number → what torch calls it.
_KINDS = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
}  # fmt: skip
NUMBERS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)  # what a weight can be stored as


class UnreadableError(ValueError):
    """Why a file cannot be opened, and what to do, as what follows its name in a sentence."""


@dataclass(frozen=True)
class Stored:
    """``kind``: torch's dtype in words. ``bytes``: in the file. ``read`` brings the tensor itself (see :func:`own`)."""

    shape: tuple[int, ...]
    kind: str
    bytes: int
    read: Callable[[], Tensor]


Table = Mapping[str, Stored]


def own(mapped: Tensor) -> Tensor:
    """A copy of a tensor in a file, which may be overwritten later: one of :data:`NUMBERS` as fp32 at once. A copy in
    16 bits before it would leave holes in the memory, for a ViT-B up to 80 MiB of them."""
    return mapped.to(torch.float32, copy=True) if mapped.dtype in NUMBERS else mapped.clone()


def damaged(error: object) -> UnreadableError:
    """A file that ends too early, or holds what it cannot."""
    reason = str(error).split("\n")[0][:120] or type(error).__name__
    return UnreadableError(f"is damaged or cut short ({reason}): fetch it again.")


def read_safetensors(file: Path) -> Table:
    """The tensors of a file by name, none of them read. UnreadableError says why there are none."""
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if HEADER_BYTES < length < file.stat().st_size:
            raise UnreadableError(
                f"lists its tensors in {length / 2**20:.0f} MB, more than any model: nothing of it was used."
            )
        header = opened.read(min(length, HEADER_BYTES))
    try:
        with safe_open(file, framework="pt"):  # checks names, kinds, shapes and offsets
            entries = json.loads(header)
    except (OSError, SafetensorError) as error:
        raise damaged(error) from None
    entries.pop("__metadata__", None)
    return {
        key: Stored(
            shape=tuple(entry["shape"]),
            kind=_KINDS.get(entry["dtype"], entry["dtype"]),
            bytes=entry["data_offsets"][1] - entry["data_offsets"][0],
            read=partial(_read, file, key),
        )
        for key, entry in entries.items()
    }


def _read(file: Path, key: str) -> Tensor:
    """The file is opened anew for each tensor: otherwise all that was read would stay in memory twice."""
    with safe_open(file, framework="pt") as opened:
        tensor: Tensor = opened.get_tensor(key)
        return own(tensor)
