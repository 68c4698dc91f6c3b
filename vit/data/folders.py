"""Any folder, zip or tar with a sub-folder a class → a data set. What cannot be read is skipped and listed."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath
from tarfile import TarError

import numpy as np
import torch
from einops import rearrange

from vit.data.dataset import BYTES, DataError, DataSet, Pictures, split
from vit.data.members import Member, members
from vit.images import PictureError, open_image
from vit.preprocess import Preprocessing

TRAIN, HELD_OUT = ("train", "training"), ("test", "val", "valid", "validation")
ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
NOISE = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")  # what packers leave behind, not worth listing


def load(source: Path, image_size: int, held_out: float, seed: int) -> DataSet:
    """Pictures cut to ``image_size`` × ``image_size`` (shorter side resized, middle cut out), in RGB.

    Above the classes there may be one folder around everything, and ``train`` and ``test`` (or
    ``val``) folders; without them a share of ``held_out`` of every class is set aside.
    """
    recipe = Preprocessing(size=(image_size, image_size), resize=image_size)
    found: list[tuple[PurePosixPath, np.ndarray]] = []
    skipped: list[str] = []
    for member in members(source):
        if any(part in NOISE or part.startswith("._") for part in member.path.parts):
            continue
        try:
            found.append((member.path, _pixels(member, recipe)))
        except PictureError as error:
            skipped.append(f"{member.path}: {error}")
        if len(found) * 3 * image_size**2 > BYTES:
            raise DataError(f"{source.name} does not fit into memory at {image_size} pixels: lower data.image_size.")
    if not found:
        first = f" (the first: {skipped[0]})" if skipped else ""
        raise DataError(f"{source.name} holds no picture that can be read{first}: bring PNG or JPEG files.")
    return _data_set(source, found, skipped, held_out, seed)


def _pixels(member: Member, recipe: Preprocessing) -> np.ndarray:
    """One picture as (height, width, 3) bytes; PictureError for what is none."""
    if member.trouble:
        raise PictureError(f"{member.path.name} {member.trouble}.")
    if member.path.suffix.lower() not in ENDINGS:
        raise PictureError(f"{member.path.name} is not a picture.")
    try:
        data = member.read()
    except (zipfile.BadZipFile, TarError, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as error:
        raise PictureError(f"{member.path.name} is damaged ({error}).") from None
    return np.asarray(recipe.crop(open_image(data, member.path.name)))


def _data_set(
    source: Path, found: list[tuple[PurePosixPath, np.ndarray]], skipped: list[str], held_out: float, seed: int
) -> DataSet:
    found.sort(key=lambda row: row[0])  # the same set in the same order, however it was packed
    wrapped = _wrappers([path for path, _ in found])
    placed = [(path.parts[wrapped:], pixels) for path, pixels in found]
    parts = {path[0].lower() for path, _ in placed if path}
    has_parts = parts <= {*TRAIN, *HELD_OUT} and parts & set(TRAIN)
    rows: dict[bool, list[tuple[str, np.ndarray]]] = {True: [], False: []}
    for (path, pixels), (whole, _) in zip(placed, found, strict=True):
        trains = not has_parts or path[0].lower() in TRAIN
        inside = path[1:] if has_parts else path
        if len(inside) < 2:
            skipped.append(f"{whole}: lies in no class's folder.")
        else:
            rows[trains].append((inside[0], pixels))
    classes = tuple(sorted({name for name, _ in rows[True]}))
    unknown = sorted({name for name, _ in rows[False]} - set(classes))
    skipped += [f"{name}: is a class to judge on, but not one to train on." for name in unknown]
    train = _pictures(rows[True], classes)
    if len(classes) < 2:
        raise DataError(
            f"{source.name} has {len(classes) or 'no'} class{'' if len(classes) else 'es'} of readable pictures: "
            "bring a sub-folder for each of two or more."
        )
    held = _pictures([row for row in rows[False] if row[0] in classes], classes)
    if not len(held):
        train, held = split(train, held_out, seed)
    return DataSet(source.stem, classes, train, held, tuple(skipped))


def _wrappers(paths: list[PurePosixPath]) -> int:
    """How many folders are wrapped around everything."""
    shared = 0
    while len({path.parts[: shared + 1] for path in paths}) == 1 and all(len(p.parts) > shared + 2 for p in paths):
        shared += 1
    return shared


def _pictures(rows: list[tuple[str, np.ndarray]], classes: tuple[str, ...]) -> Pictures:
    if not rows:
        return Pictures(torch.empty(0, 3, 0, 0, dtype=torch.uint8), torch.empty(0, dtype=torch.int64))
    images = rearrange([pixels for _, pixels in rows], "n height width c -> n c height width")
    return Pictures(torch.from_numpy(np.ascontiguousarray(images)), torch.tensor([classes.index(n) for n, _ in rows]))
