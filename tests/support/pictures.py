"""Pictures for tests: as files of any format, as sets of a folder a class, as archives."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

from PIL import Image


def encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    """The file that this image makes."""
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (20, 16), file_format: str = "PNG") -> bytes:
    """A file of one colour."""
    return encoded(Image.new("RGB", size, colour), file_format)


def classes(n: int = 4) -> dict[str, bytes]:
    """A small set as file name → bytes: red and blue pictures."""
    files = {f"red/{i}.png": plain((200 + i, 0, 0)) for i in range(n)}
    return files | {f"blue/{i}.jpg": plain((0, 0, 200 + i), file_format="JPEG") for i in range(n)}


def written(folder: Path, files: dict[str, bytes]) -> Path:
    """The files in a folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    """The files in a ZIP."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, files: dict[str, bytes], mode: str = "w:gz") -> Path:
    """The files in a tar."""
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path
