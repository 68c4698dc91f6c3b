"""A tensor in a file: what is known of it without reading it. And the tensors of a safetensors file."""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

HEADER_BYTES = 8 * 2**20  # of a safetensors file's list of tensors; that of the largest ViT has a tenth of it
# What safetensors calls a kind of number → what torch calls it.
_KINDS = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
    "C64": "complex64", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "F8_E8M0": "float8_e8m0fnu",
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
    return {key: _stored(file, 8 + length, entry) for key, entry in entries.items()}


def _stored(file: Path, first: int, entry: dict[str, Any]) -> Stored:
    """A tensor by its line in the header; the first tensor's bytes begin at ``first``."""
    start, end = entry["data_offsets"]
    shape, kind = tuple(entry["shape"]), _KINDS.get(entry["dtype"], entry["dtype"])
    return Stored(shape, kind, end - start, partial(_read, file, first + start, end - start, shape, kind))


def _read(file: Path, start: int, length: int, shape: tuple[int, ...], kind: str) -> Tensor:
    """Only this tensor's bytes are mapped, and only until they are copied: what is read is never held twice.

    (``safe_open`` would read the whole header again for each tensor: half of the time that a model takes to open.)
    """
    dtype: torch.dtype = getattr(torch, kind)
    if length == 0:
        return own(torch.empty(shape, dtype=dtype))
    before = start % mmap.ALLOCATIONGRANULARITY  # a mapping begins at the edge of a page
    with file.open("rb") as opened:
        mapped = mmap.mmap(opened.fileno(), before + length, access=mmap.ACCESS_COPY, offset=start - before)
    return own(torch.frombuffer(mapped, dtype=torch.uint8, offset=before).view(dtype).view(shape))
