"""Any folder, zip or tar with a sub-folder a class → a data set. What cannot be read is skipped and listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from einops import rearrange

from vit.data.dataset import BYTES, CLASSES, DataError, DataSet, Pictures, split
from vit.data.members import UNREADABLE, Member, members
from vit.pictures.decoded import Decoded
from vit.pictures.kinds import called_a_picture
from vit.pictures.open import PictureError, decode
from vit.pictures.preprocess import Preprocessing, whole

TRAIN, HELD_OUT = ("train", "training"), ("test", "val", "valid", "validation")
GREY = 128  # beside a picture that has another shape than the widest and the highest; no model sees it
NOISE = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")  # what packers leave behind, not worth listing


def load(source: Path, image_size: int, held_out: float, seed: int, patch: int = 0) -> DataSet:
    """Pictures cut to ``image_size`` × ``image_size`` (shorter side resized, middle cut out), in RGB.

    With a ``patch`` nothing is cut away: each is brought to its own shape in whole patches of so many pixels, with at
    most as many of them as that square has.
    Above the classes there may be one folder around everything, and ``train`` and ``test`` (or
    ``val``) folders; without them a share of ``held_out`` of every class is set aside.
    """
    found: list[tuple[PurePosixPath, np.ndarray]] = []
    skipped: list[str] = []
    height = width = 0  # of the least that all fit in
    for path, picture in pictures(source, skipped):
        square = Preprocessing(size=(image_size, image_size), resize=image_size)
        recipe = Preprocessing(size=whole(picture.size, image_size, patch)) if patch else square
        found.append((path, np.asarray(recipe.crop(picture))))
        height, width = max(height, recipe.size[0]), max(width, recipe.size[1])
        if len(found) * 3 * height * width > BYTES:
            raise DataError(f"{source.name} does not fit into memory at {image_size} pixels: lower data.image_size.")
    if not found:
        raise nothing_readable(source, skipped)
    return _data_set(source, found, skipped, held_out, seed)


def pictures(source: Path, skipped: list[str]) -> Iterator[tuple[PurePosixPath, Decoded]]:
    """Every picture in a folder or archive, one at a time; what is none goes to ``skipped`` with its reason."""
    for member in members(source):
        if is_noise(member.path):
            continue
        try:
            yield member.path, _picture(member)
        except PictureError as error:
            skipped.append(f"{member.path}: {error}")


def nothing_readable(source: Path, skipped: list[str]) -> DataError:
    """What to say of a source without a picture."""
    first = f" (the first: {skipped[0]})" if skipped else ""
    return DataError(f"{source.name} holds no picture that can be read{first}: bring PNG or JPEG files.")


def _picture(member: Member) -> Decoded:
    """One picture; PictureError for what is none."""
    return decode(picture_bytes(member), member.path.name)


def picture_bytes(member: Member) -> bytes:
    """The bytes of a picture's file; PictureError for what has another ending, or cannot be had."""
    if member.trouble:
        raise PictureError(f"{member.path.name} {member.trouble}.")
    if not called_a_picture(member.path):
        raise PictureError(f"{member.path.name} is not a picture.")
    try:
        return member.read()
    except UNREADABLE as error:
        raise PictureError(f"{member.path.name} is damaged ({error}).") from None


def _data_set(
    source: Path, found: list[tuple[PurePosixPath, np.ndarray]], skipped: list[str], held_out: float, seed: int
) -> DataSet:
    found.sort(key=lambda row: row[0])  # the same set in the same order, however it was packed
    classes, placed = sort_into_classes(source, [path for path, _ in found], skipped)
    rows: dict[bool, list[tuple[str, np.ndarray]]] = {True: [], False: []}
    for (_, pixels), (name, trains) in zip(found, placed, strict=True):
        if name in classes:
            rows[trains].append((name, pixels))
    train, held = _pictures(rows[True], classes), _pictures(rows[False], classes)
    if not len(held):
        train, held = split(train, held_out, seed)
    return DataSet(source.stem, classes, train.in_shapes_order(), held.in_shapes_order(), tuple(skipped))


def sort_into_classes(
    source: Path, paths: list[PurePosixPath], skipped: list[str]
) -> tuple[tuple[str, ...], list[tuple[str, bool]]]:
    """The names of the classes to train on, and for each picture what :func:`places` says of it.

    What belongs to none of them goes to ``skipped``. DataError for fewer than two classes, or too many.
    """
    placed = places(paths)
    skipped += [
        f"{path}: lies in no class's folder." for path, (name, _) in zip(paths, placed, strict=True) if not name
    ]
    classes = tuple(sorted({name for name, trains in placed if name and trains}))
    if len(classes) > CLASSES:
        raise DataError(f"{source.name} has {len(classes):,} classes: bring up to {CLASSES:,}.")
    unknown = sorted({name for name, _ in placed} - {"", *classes})
    skipped += [f"{name}: is a class to judge on, but not one to train on." for name in unknown]
    if len(classes) < 2:
        raise DataError(
            f"{source.name} has {len(classes) or 'no'} class{'' if len(classes) else 'es'} of readable pictures: "
            "bring a sub-folder for each of two or more."
        )
    return classes, placed


def places(paths: list[PurePosixPath]) -> list[tuple[str, bool]]:
    """For each picture its class, empty where it lies in no class's folder, and whether it is one to train on."""
    wrapped = _wrappers(paths)
    placed = [path.parts[wrapped:] for path in paths]
    parts = {path[0].lower() for path in placed if path}
    has_parts = parts <= {*TRAIN, *HELD_OUT} and parts & set(TRAIN)
    found = []
    for path in placed:
        inside = path[1:] if has_parts else path
        found.append((inside[0] if len(inside) > 1 else "", not has_parts or path[0].lower() in TRAIN))
    return found


def is_noise(path: PurePosixPath) -> bool:
    """Whether a packer left it behind."""
    return any(part in NOISE or part.startswith("._") for part in path.parts)


def _wrappers(paths: list[PurePosixPath]) -> int:
    """How many folders are wrapped around everything."""
    shared = 0
    while len({path.parts[: shared + 1] for path in paths}) == 1 and all(len(p.parts) > shared + 2 for p in paths):
        shared += 1
    return shared


def _pictures(rows: list[tuple[str, np.ndarray]], classes: tuple[str, ...]) -> Pictures:
    if not rows:
        return Pictures(torch.empty(0, 3, 0, 0, dtype=torch.uint8), torch.empty(0, dtype=torch.int64))
    numbers = {name: number for number, name in enumerate(classes)}
    labels = torch.tensor([numbers[name] for name, _ in rows])
    sizes = torch.tensor([pixels.shape[:2] for _, pixels in rows])  # (n, 2)
    if len(sizes.unique(dim=0)) == 1:
        images = rearrange([pixels for _, pixels in rows], "n height width c -> n c height width")
        return Pictures(torch.from_numpy(np.ascontiguousarray(images)), labels)
    height, width = sizes.amax(dim=0).tolist()
    found = np.full((len(rows), 3, height, width), GREY, dtype=np.uint8)
    for image, (_, pixels) in zip(found, rows, strict=True):
        image[:, : pixels.shape[0], : pixels.shape[1]] = rearrange(pixels, "height width c -> c height width")
    return Pictures(torch.from_numpy(found), labels, sizes)
