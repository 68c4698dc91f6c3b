"""The files in a folder or an archive, one after another. An archive is read in place, never unpacked onto the disk."""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from vit.data.dataset import DataError
from vit.pictures.open import MAX_BYTES

FILES, UNPACKED, RATIO = 200_000, 8 * 2**30, 300  # an archive's most files, most bytes, most unpacked for one packed
DEPTH, LONGEST = 32, 1000  # folders in each other, and letters of a name with them
ARCHIVES = ("zip", "tar", "gz", "tgz")  # how their names end
SMALL = 2**20  # below this many bytes even an absurd ratio does no harm
# What Python's readers raise on files gone bad: of a broken zip also what struct, codecs and unpackers say.
UNREADABLE = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, RuntimeError, ValueError, LookupError, OverflowError),
)

_PIECE = 2**18  # bytes read at once


@dataclass(frozen=True)
class Member:
    """One file: where it lies, and how to get its bytes; ``trouble`` says why they cannot be had."""

    path: PurePosixPath
    read: Callable[[], bytes]
    trouble: str = ""


def members(source: Path) -> Iterator[Member]:
    """Every file below a folder or in a zip or tar. DataError refuses what is hostile or no such thing.

    Refused: names that lead out of the archive (zip slip), more than ``FILES`` files, more than
    ``UNPACKED`` bytes, a file unpacking to more than ``RATIO`` times its size (zip bombs).
    """
    if source.is_dir():
        return _in_folder(source)
    if not source.exists():
        raise DataError(f"There is no {source}: give a folder, zip or tar with a sub-folder for each class.")
    return _in_zip(source) if zipfile.is_zipfile(source) else _in_tar(source)


def _in_folder(folder: Path) -> Iterator[Member]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            trouble = _too_large(path.stat().st_size)
            yield Member(PurePosixPath(path.relative_to(folder).as_posix()), path.read_bytes, trouble)


def _in_zip(source: Path) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(source) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            limits = _Limits(source.name)
            for entry in entries:
                limits.add(entry.filename, entry.file_size, entry.compress_size)
            for entry in entries:
                trouble = _too_large(entry.file_size)
                if stat.S_ISLNK(entry.external_attr >> 16):
                    trouble = "is a link"
                elif entry.flag_bits & 1:
                    trouble = "is locked with a password"
                yield Member(PurePosixPath(entry.filename), partial(_open_zipped, archive, entry), trouble)
    except UNREADABLE as error:
        raise _broken(source, error) from None


def _in_tar(source: Path) -> Iterator[Member]:
    try:
        with _Unpacked(source) as unpacked, tarfile.open(fileobj=cast(IO[bytes], unpacked), mode="r:") as archive:
            limits = _Limits(source.name)
            for entry in archive:
                # Checked before its bytes are reached, so a compressed bomb is never unpacked.
                limits.add(entry.name, entry.size)
                if limits.packed_ratio(source.stat().st_size, entry.offset_data):
                    raise DataError(f"{source.name} unpacks to absurdly much (a bomb): nothing of it was used.")
                if entry.isdir():
                    continue
                trouble = _too_large(entry.size) if entry.isreg() else "is a link or a device"
                yield Member(PurePosixPath(entry.name), partial(_open_tarred, archive, entry), trouble)
    except UNREADABLE as error:
        raise _broken(source, error) from None


class _Unpacked:
    """A tar's bytes, whichever way it is packed; never many of them at once.

    The tar reader takes a name's length from the file and reads as much: a few packed kilobytes would be a
    name of gigabytes. Pictures are read piece by piece (:func:`_bounded`), so no honest read is a long one.
    """

    def __init__(self, source: Path) -> None:
        with source.open("rb") as file:
            head = file.read(6)
        openers: dict[bytes, Callable[[Path, str], Any]] = {
            b"\x1f\x8b": gzip.open,
            b"BZh": bz2.open,
            b"\xfd7zXZ\0": lzma.open,
        }
        plain: Callable[[Path, str], Any] = open
        opener = next((opener for start, opener in openers.items() if head.startswith(start)), plain)
        self._file = opener(source, "rb")
        self.seek, self.tell, self.close = self._file.seek, self._file.tell, self._file.close

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _PIECE:
            raise tarfile.ReadError("a part of its list of files is absurdly long")
        piece: bytes = self._file.read(size)
        return piece

    def __enter__(self) -> _Unpacked:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class _Limits:
    """What an archive may hold, counted up file by file."""

    archive: str
    files: int = 0
    unpacked: int = 0

    def add(self, name: str, size: int, packed: int | None = None) -> None:
        path = PurePosixPath(name.replace("\\", "/"))
        if len(path.parts) > DEPTH or len(name) > LONGEST:
            raise DataError(f"{self.archive} holds {name[:80]!r} …, a name of {len(name)} letters: shorten its names.")
        if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
            raise DataError(f"{self.archive} holds {name!r}, which leads out of it: nothing of it was used.")
        self.files += 1
        self.unpacked += size
        if self.files > FILES:
            raise DataError(f"{self.archive} holds more than {FILES} files: bring fewer.")
        if self.unpacked > UNPACKED:
            raise DataError(f"{self.archive} unpacks to more than {UNPACKED / 2**30:.0f} GiB: bring less.")
        if packed is not None and size > max(SMALL, RATIO * packed):
            raise DataError(f"{name!r} in {self.archive} unpacks to absurdly much (a bomb): nothing of it was used.")

    def packed_ratio(self, packed: int, place: int) -> bool:
        """Whether what is announced, or what lies before ``place`` already, is too much for so few bytes."""
        return max(self.unpacked, place) > max(SMALL, RATIO * packed)


def _open_zipped(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    return _bounded(archive.open(entry))


def _open_tarred(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(entry)
    return _bounded(file) if file else b""


def _bounded(file: IO[bytes]) -> bytes:
    """The bytes, but never more than a picture may have, whatever the archive announced."""
    with file:
        pieces, left = [], MAX_BYTES + 1
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)


def _too_large(size: int) -> str:
    return f"has {size / 2**20:.0f} MB, more than {MAX_BYTES // 2**20}" if size > MAX_BYTES else ""


def _broken(source: Path, error: Exception) -> DataError:
    return DataError(
        f"{source.name} cannot be read as a zip or a tar ({error}): pack the classes' folders into one of them."
    )
