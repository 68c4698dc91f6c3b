"""Open what ``torch.save`` wrote without running anything of it, and without believing its sizes.

``torch.load(weights_only=True)`` builds tensors and plain containers only. Before it is called, the file is looked
over: its list of members and its pickle have to be small, nothing in it packed, and every name it calls known. Tensors
stay in the file (memory-mapped) until they are read.
"""

from __future__ import annotations

import io
import pickletools
import struct
import zipfile
from functools import partial
from pathlib import Path
from pickle import UnpicklingError
from threading import Lock
from typing import Any, BinaryIO

import torch
from torch import Tensor

from vit.checkpoints.stored import Stored, UnreadableError, damaged, own

MOST = 8 * 2**20  # bytes of the pickle and of the zip's list of members; a ViT-g with its optimiser has a tenth of it
_ZIP, _PICKLE = b"PK\x03\x04", b"\x80\x02"
MOST_TENSORS, DEEPEST = 200_000, 8
_FOREIGN = {
    b"\x89HDF": "an HDF5 file, as Keras writes",
    b"GGUF": "a GGUF file",
    b"\x1f\x8b": "packed by gzip",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ": "packed by xz",
    b"<": "a web page, not what was to be downloaded",
    b"\x80": "a pickle that torch.save did not write, which could be run as code (nothing was)",
}
_TENSORS = frozenset(
    {"collections OrderedDict", "collections Counter", "torch device", "torch.nn.parameter Parameter", "_codecs encode"}
    | {f"torch._utils _rebuild_{what}" for what in ("tensor", "tensor_v2", "tensor_v3", "parameter")}
    | {"torch._utils _rebuild_parameter_with_state", "torch.storage UntypedStorage", "torch.storage TypedStorage"}
    | {f"torch {name}" for name, value in vars(torch).items() if isinstance(value, torch.dtype)}
    | {f"torch {name}" for name in vars(torch) if name.endswith("Storage")}
)
# What trainings keep beside their weights: read as nothing, by a class that does nothing with it.
_NOTES = (
    "argparse.Namespace",
    "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib._local.PosixPath", "pathlib._local.WindowsPath",
    "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.dtype",
    "omegaconf.dictconfig.DictConfig", "omegaconf.listconfig.ListConfig",
    "lightning.fabric.utilities.data.AttributeDict", "lightning_fabric.utilities.data.AttributeDict",
)  # fmt: skip
# What Python's readers of zips and pickles raise on files gone bad.
_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, struct.error, EOFError),
    *(OSError, RuntimeError, ValueError, LookupError, OverflowError),
)
_ONE_AT_A_TIME = Lock()  # the list of classes that torch may build is one for the whole process


class _Note:
    """Stands where a file has an object of a class that is not called."""

    def __init__(self, *args: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


def read(file: Path) -> dict[str, Any]:
    """What ``torch.save`` was given: :class:`Stored` for each tensor by name, in tables within tables where it was
    given such, and whatever else lay beside them. UnreadableError says why there is no such thing."""
    tree, mapped = _load(file)
    if not isinstance(tree, dict) or not all(isinstance(key, str) for key in tree):
        raise UnreadableError("is not a table of tensors by name: take a checkpoint with model.safetensors.")
    return _table(tree, 0, [MOST_TENSORS], mapped)


def _table(tree: dict[Any, Any], depth: int, left: list[int], mapped: bool) -> dict[str, Any]:
    """``left``: how many values may still come; a table within itself, or the same one often, is never walked far."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        left[0] -= 1
        if left[0] < 0 or depth > DEEPEST:
            raise UnreadableError("holds tables within tables without end: nothing of it was used.")
        if isinstance(value, dict):
            found[str(key)] = _table(value, depth + 1, left, mapped)
        else:
            found[str(key)] = _stored(value, mapped) if _is_plain(value) else value
    return found


def _is_plain(value: object) -> bool:
    """Whether it is a tensor whose every number stands in the file: others grow when they are copied."""
    if not isinstance(value, Tensor) or value.layout != torch.strided or value.is_quantized or value.is_meta:
        return False
    return value.numel() * value.element_size() <= value.untyped_storage().nbytes()


def _stored(tensor: Tensor, mapped: bool) -> Stored:
    """``mapped``: it lies in the file still, and is copied when it is read; else it has been copied already."""
    plain = tensor.detach()
    kind = str(plain.dtype).removeprefix("torch.")
    return Stored(
        tuple(plain.shape), kind, plain.numel() * plain.element_size(), partial(own, plain) if mapped else lambda: plain
    )


def _load(file: Path) -> tuple[object, bool]:
    """What the pickle holds, and whether its tensors are mapped: those of torch before 1.6, no zip, cannot be."""
    with file.open("rb") as opened:
        start = opened.read(8)
        zipped = start.startswith(_ZIP)
        if not zipped and not start.startswith(_PICKLE):
            raise UnreadableError(_wrong_start(start))
        opened.seek(0)
        called = _called_in_zip(opened) if zipped else _called(opened.read(MOST), pickles=4)
    if strange := sorted(called - _TENSORS - {name for name in called if _is_note(name)}, key=_how_plain):
        raise _runs_code(strange[0].replace(" ", "."))
    try:
        with _ONE_AT_A_TIME, torch.serialization.safe_globals([(_Note, name) for name in _NOTES]):
            return torch.load(file, map_location="cpu", weights_only=True, mmap=zipped), zipped
    except UnpicklingError as error:
        raise _runs_code(str(error).split("\n")[-1][:80]) from None
    except Exception as error:  # a broken file may raise anything from here
        raise damaged(error) from None


def _how_plain(name: str) -> tuple[bool, str]:
    """In whose order the most telling of strange names stands first: a model's class, not a set that it has."""
    return name.startswith(("__builtin__", "builtins", "collections", "torch", "_codecs")), name


def _is_note(name: str) -> bool:
    return name.replace(" ", ".") in _NOTES


def _runs_code(what: str) -> UnreadableError:
    return UnreadableError(
        f"holds more than tensors ({what}), which would be run as code (nothing was): take a checkpoint as "
        "model.safetensors, or save its state_dict() alone."
    )


def _too_many() -> UnreadableError:
    return UnreadableError(f"names its tensors in more than {MOST / 2**20:.0f} MB: nothing of it was used.")


def _wrong_start(start: bytes) -> str:
    foreign = next((kind for magic, kind in _FOREIGN.items() if start.startswith(magic)), None)
    if foreign is None and not start:
        return "is empty, as if damaged or cut short: fetch it again."
    what = f"is {foreign}" if foreign else f"begins with {start[:4]!r}, which neither torch.save nor safetensors writes"
    return f"{what}, and is damaged or no table of tensors: take a checkpoint of PyTorch or with model.safetensors."


def _called_in_zip(file: BinaryIO) -> set[str]:
    """Every name that the pickle in a zip calls. UnreadableError for bombs, programs, and archives of another kind."""
    if (size := _list_bytes(file)) > MOST:
        raise UnreadableError(
            f"lists files in {size / 2**20:.0f} MB, more than any checkpoint has: nothing of it was used."
        )
    try:
        with zipfile.ZipFile(file) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            pickled = [name for name in entries if name == "data.pkl" or name.endswith("/data.pkl")]
            if any("/code/" in name for name in entries):
                raise UnreadableError(
                    "is a TorchScript archive, which holds a program (nothing of it was run): where you trust it, save "
                    "torch.save(torch.jit.load(file).state_dict(), 'weights.pt') and open that."
                )
            if entries and all(name.endswith(".npy") for name in entries):
                raise UnreadableError(
                    "holds arrays of NumPy (.npz), as the ViTs of JAX come: timm reads many of them; save what it made "
                    "by torch.save(model.state_dict(), 'weights.pth')."
                )
            if len(pickled) != 1:
                raise UnreadableError(
                    "is a zip that torch.save did not write: unpack it, or save the state_dict() anew."
                )
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                raise UnreadableError("is packed, which torch.save never does: nothing of it was used. Save it anew.")
            if entries[pickled[0]].file_size > MOST:
                raise _too_many()
            return _called(archive.read(pickled[0]), pickles=1)
    except UnreadableError:
        raise
    except _BROKEN as error:
        raise damaged(error) from None


def _list_bytes(file: BinaryIO) -> int:
    """How large a zip's list of members is, by its last record (PKWARE's APPNOTE, 4.3.14 and 4.3.16)."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 70_000))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    listed = int.from_bytes(tail[end + 12 : end + 16], "little")
    if listed == 0xFFFFFFFF:  # too large for 4 bytes: it stands in the record of zip64
        end = tail.rfind(b"PK\x06\x06")
        listed = int.from_bytes(tail[end + 40 : end + 48], "little")
    return listed if end >= 0 else 0


def _called(data: bytes, pickles: int) -> set[str]:
    """``module name`` of all that the first pickles in ``data`` call; they are read as words, nothing is looked up."""
    stream, found = io.BytesIO(data), set()
    whole = len(data) < MOST
    try:
        for _ in range(pickles):
            for opcode, argument, _place in pickletools.genops(stream):
                if opcode.name in ("GLOBAL", "INST"):
                    found.add(str(argument))
                elif opcode.name in ("STACK_GLOBAL", "EXT1", "EXT2", "EXT4"):
                    raise UnreadableError("was written by another way of pickling than torch.save's own: save it anew.")
    except UnreadableError:
        raise
    except _BROKEN as error:
        raise (damaged(error) if whole else _too_many()) from None
    return found
