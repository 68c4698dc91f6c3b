"""Where data sets come from: bundled, a folder of MNIST's files, torchvision's downloads, a person's own folder."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import numpy as np
import torch
from einops import rearrange

from vit.data import folders, idx
from vit.data.dataset import DataError, DataSet, Pictures
from vit.paths import DATA

BUNDLED = DATA / "mnist-10k"
TORCHVISION = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "cifar10": "CIFAR10"}
NAMES = ("mnist-10k", *TORCHVISION, "folder")
DIGITS = tuple("0123456789")
FOLDER_SIZE = 64  # pixels a side that a person's own pictures are cut to where nothing else is asked for
_SECONDS = 20  # how long a download may be silent


def load(
    name: str, path: str = "", image_size: int = 0, held_out: float = 0.1, seed: int = 0, patch: int = 0
) -> DataSet:
    """The data set called ``name``, one of ``NAMES``; DataError says why it cannot be had.

    ``path``: the folder, zip or tar for ``folder``; for ``mnist`` and ``fashion-mnist`` a folder with the
    four IDX files, instead of a download. ``image_size``: pixels a side, 0 for the set's own. A set
    with a test part of its own is judged on that; of any other a share of ``held_out`` is set aside.
    ``patch``: a person's own pictures whole instead of cut to squares, see :func:`vit.data.folders.load`.
    """
    if name == "mnist-10k":
        data = _from_idx("MNIST-10k (bundled)", BUNDLED, DIGITS)
    elif name == "folder":
        if not path:
            raise DataError("data.path is empty: give a folder, zip or tar with a sub-folder for each class.")
        return folders.load(Path(path).expanduser(), image_size or FOLDER_SIZE, held_out, seed, patch)
    elif name in TORCHVISION and path and name != "cifar10":
        data = _from_idx(f"{TORCHVISION[name]} from {path}", Path(path).expanduser(), _classes(name))
    elif name in TORCHVISION:
        data = _from_torchvision(name)
    else:
        raise DataError(f"data.name is {name!r}: choose one of {', '.join(NAMES)}.")
    if image_size and data.size != (image_size, image_size):
        return _resized(data, image_size)
    return data


def _from_idx(name: str, folder: Path, classes: tuple[str, ...]) -> DataSet:
    train, test = idx.pictures(folder, "train"), idx.pictures(folder, "test")
    if int(max(train.labels.max(), test.labels.max())) >= len(classes):
        raise DataError(f"The labels in {folder} name more than {len(classes)} classes: take MNIST's own files.")
    return DataSet(name, classes, train, test)


def _classes(name: str) -> tuple[str, ...]:
    if name == "mnist":
        return DIGITS
    from torchvision import datasets

    return tuple(datasets.FashionMNIST.classes)


def downloads() -> Path:
    """Where downloaded data sets are kept, outside the project."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "vit-explainer"


def _from_torchvision(name: str) -> DataSet:
    """One of torchvision's sets, downloaded once."""
    from torchvision import datasets

    kind = getattr(datasets, TORCHVISION[name])
    waited = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SECONDS)
    try:
        parts = [kind(downloads(), train=train, download=True) for train in (True, False)]
    except (OSError, RuntimeError) as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise DataError(
            f"{TORCHVISION[name]} could not be downloaded ({reason}): use the bundled digits (data=mnist-10k), "
            "or give data.path a folder that has it."
        ) from None
    finally:
        socket.setdefaulttimeout(waited)
    train, test = (_pictures(part.data, part.targets) for part in parts)
    return DataSet(TORCHVISION[name], _classes(name) if name != "cifar10" else tuple(parts[0].classes), train, test)


def _pictures(images: torch.Tensor | np.ndarray, labels: torch.Tensor | list[int]) -> Pictures:
    images = torch.as_tensor(images)
    pattern = "n h w -> n 1 h w" if images.ndim == 3 else "n h w c -> n c h w"
    images = rearrange(images, pattern)  # (n, c, height, width)
    return Pictures(images.contiguous(), torch.as_tensor(labels, dtype=torch.int64))


def _resized(data: DataSet, side: int) -> DataSet:
    """Every picture squashed to ``side`` × ``side``, smoothed where it shrinks."""

    def resized(pictures: Pictures) -> Pictures:
        parts = [
            torch.nn.functional.interpolate(part.float(), (side, side), mode="bicubic", antialias=True)
            for part in pictures.images.split(1024)
        ]
        return Pictures(torch.cat([part.round().clamp(0, 255).to(torch.uint8) for part in parts]), pictures.labels)

    return DataSet(data.name, data.classes, resized(data.train), resized(data.held_out), data.skipped)
