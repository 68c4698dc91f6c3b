"""MNIST's own file format, IDX: a magic number, the sizes, the bytes (LeCun, Cortes, Burges 1998)."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
import torch

from vit.data.dataset import BYTES, DataError, Pictures

UNSIGNED_BYTE = 0x08


def read(path: Path) -> np.ndarray:
    """The array in an IDX file of bytes, gzipped or not; DataError says what is wrong with the file."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            zeros, kind, axes = struct.unpack(">HBB", file.read(4))
            if zeros or kind != UNSIGNED_BYTE or not 1 <= axes <= 4:
                raise DataError(f"{path} is not an IDX file of bytes: take MNIST's own files.")
            shape = struct.unpack(f">{axes}I", file.read(4 * axes))
            if (size := math.prod(shape)) > BYTES:
                raise DataError(f"{path} claims {size / 2**30:.0f} GiB, more than fits into memory here.")
            data = file.read(size + 1)
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise DataError(f"{path} cannot be read ({error}): fetch it again.") from None
    if len(data) != size:
        raise DataError(f"{path} holds {'more' if len(data) > size else 'less'} than the {size} bytes it announces.")
    return np.frombuffer(data, dtype=np.uint8).reshape(shape)


def pictures(folder: Path, part: str) -> Pictures:
    """``part`` is ``train`` or ``test`` (also called ``t10k``) of a folder of four IDX files."""
    names = ("train",) if part == "train" else ("test", "t10k")
    images, labels = read(_find(folder, names, "images-idx3")), read(_find(folder, names, "labels-idx1"))
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise DataError(f"The {part} files in {folder} do not belong together: {images.shape} and {labels.shape}.")
    return Pictures(torch.from_numpy(images.copy())[:, None], torch.from_numpy(labels.astype(np.int64)))


def _find(folder: Path, names: tuple[str, ...], kind: str) -> Path:
    wanted = [f"{name}-{kind}-ubyte{suffix}" for name in names for suffix in ("", ".gz")]
    found = next((folder / name for name in wanted if (folder / name).is_file()), None)
    if found is None:
        raise DataError(f"{folder} has no {wanted[0]} (or .gz): give the folder with MNIST's four files.")
    return found
