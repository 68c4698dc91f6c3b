"""Zips and tars that attack: refused in a sentence or read without harm; nothing is ever written beside them."""

from __future__ import annotations

import gzip
import random
import resource
import stat
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.pictures import classes, plain, tarred, zipped
from tests.vit.data.test_data import from_folder
from vit.data import DataError
from vit.data.dataset import CLASSES
from vit.data.members import DEPTH, FILES, members


def attempt(source: Path) -> str:
    """What is said about a set: its classes, or the sentence that refuses it."""
    try:
        said = " ".join(from_folder(source).classes)
    except DataError as error:
        said = str(error)
    assert "\n" not in said.replace("a\nb", "")
    return said


def everything(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}


NAMES = [
    *("../x.png", "a/../../x.png", "/etc/x.png", "\\x.png", "..\\x.png", "C:\\x.png", "c:/x.png", "a\\..\\..\\x.png"),
    *("\\\\server\\share\\x.png", "//server/x.png", "~/x.png", "red/\0.png", "red/a\nb.png", "red/\x1b[31mx.png"),
    *("red/.png", "red/\u202egnp.png", "<img src=x onerror=alert(1)>/x.png", "![](http://example.org/x)/x.png", "."),
    *("red/x.png/", "..", "red/" + "x" * 60_000 + ".png", "/".join(["a"] * 20_000) + "/x.png", "COM1/x.png"),
    *("red/%2e%2e%2fx.png", "ｒｅｄ/Ａ.png", "red/\ud7ff\ue000.png", "$x^2$/x.png", "red/x.png:stream", "-rf/x.png"),
    *("|/x.png", " /x.png"),
]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("number", range(len(NAMES)))
def test_names_that_mean_harm(tmp_path: Path, number: int) -> None:
    (tmp_path / "inside").mkdir()
    for make in (zipped, tarred):
        source = make(tmp_path / "inside" / "set.archive", classes() | {NAMES[number]: plain((1, 1, 1))})
        before = everything(tmp_path)
        assert attempt(source)
        assert everything(tmp_path) == before


def special(kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo("red/special.png")
    entry.type, entry.linkname = kind, "/etc/passwd"
    return entry


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_special_entries_of_a_tar_are_skipped(tmp_path: Path, kind: bytes) -> None:
    source = tarred(tmp_path / "set.tar", classes(), "w")
    with tarfile.open(source, "a") as archive:
        archive.addfile(special(kind))
    assert any("link or a device" in line for line in from_folder(source).skipped)


def test_links_and_locked_files_of_a_zip_are_skipped(tmp_path: Path) -> None:
    source = zipped(tmp_path / "set.zip", classes())
    with zipfile.ZipFile(source, "a") as archive:
        link = zipfile.ZipInfo("red/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert any("is a link" in line for line in from_folder(source).skipped)
    locked = bytearray(source.read_bytes())
    place = -1
    while (place := locked.find(b"PK\1\2", place + 1)) >= 0:
        locked[place + 8] |= 1
    source.write_bytes(locked)
    assert "password" in attempt(source)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_two_pictures(tmp_path: Path) -> None:
    source = zipped(tmp_path / "set.zip", classes())
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr("red/0.png", plain((9, 9, 9)))
    assert len(list(members(source))) == 9
    assert attempt(source) == "blue red"


def test_an_archive_in_an_archive_is_no_picture(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {f"{i}.png": bytes(2**20) for i in range(8)}).read_bytes()
    data = from_folder(zipped(tmp_path / "set.zip", classes() | {"red/inner.zip": inner, "red/inner.png": inner}))
    assert len(data.skipped) == 2


def long_name(size: int) -> Iterator[bytes]:
    """A tar whose first name has ``size`` letters: the reader would take them all at once."""
    entry = tarfile.TarInfo("././@LongLink")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, size
    yield entry.tobuf()
    for _ in range(size // 2**20):
        yield b"a" * 2**20


def test_a_packed_name_of_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    source = tmp_path / "set.tar.gz"
    with gzip.open(source, "wb", compresslevel=1) as file:
        for piece in long_name(600 * 2**20):
            file.write(piece)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "absurdly long" in attempt(source)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024  # kilobytes


def test_names_of_names_of_names(tmp_path: Path) -> None:
    """The reader of a tar calls itself for each of them."""
    source = tmp_path / "set.tar"
    source.write_bytes(b"".join(long_name(0)) * 5000)
    assert "cannot be read" in attempt(source)


def test_folders_in_folders_and_classes_without_end(tmp_path: Path) -> None:
    deep = "/".join(["a"] * (DEPTH + 1))
    assert "shorten" in attempt(zipped(tmp_path / "deep.zip", classes() | {f"{deep}/x.png": plain((1, 1, 1))}))
    dot = plain((1, 1, 1), (1, 1))
    wide = zipped(tmp_path / "wide.zip", {f"{i}/{k}.png": dot for i in range(CLASSES + 1) for k in range(2)})
    assert "bring up to 1,000" in attempt(wide)


@pytest.mark.parametrize("make", [zipped, tarred])
def test_archives_gone_bad(tmp_path: Path, make) -> None:
    """Mutated headers, directories and data."""
    bad(tmp_path, make, seed=0, count=150)


@pytest.mark.slow
@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.timeout(1200)
def test_thousands_of_archives_gone_bad(tmp_path: Path, make) -> None:
    bad(tmp_path, make, seed=1, count=3000)


def bad(folder: Path, make, seed: int, count: int) -> None:
    good = make(folder / "good", classes()).read_bytes()
    if make is tarred:
        good = gzip.decompress(good)
    chance, source, told = random.Random(seed), folder / "set.archive", set()
    for _ in range(count):
        data = bytearray(good)
        for _ in range(chance.choice((1, 1, 2, 5, 30))):
            places = [chance.randrange(len(data)), chance.randrange(max(1, len(data) - 500), len(data) + 1) - 1]
            place = chance.choice(places)
            how = chance.randrange(4)
            if how == 0:
                data[place] = chance.randrange(256)
            elif how == 1:
                data[place : place + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\0\0\0\x80"))
            elif how == 2:
                del data[place : place + chance.randrange(1, 50)]
            else:
                del data[place:]
            if not data:
                break
        source.write_bytes(gzip.compress(data, 1) if make is tarred and chance.random() < 0.3 else data)
        told.add(attempt(source))
    assert len(told) > 5
    assert everything(folder) == {str(source), str(folder / "good")}


@pytest.mark.slow
def test_a_hundred_thousand_files(tmp_path: Path) -> None:
    """Read whole, in a time that grows with their number and not with its square; more than ``FILES`` are refused."""
    dot = plain((1, 2, 3), (4, 4))
    source = tmp_path / "many.zip"
    with zipfile.ZipFile(source, "w") as archive:
        for i in range(100_000):
            archive.writestr(f"{i % 100}/{i}.png", dot)
    began = time.process_time()
    data = from_folder(source, 4)
    print(f"100,000 files: {time.process_time() - began:.1f} s")
    assert (len(data.train) + len(data.held_out), len(data.classes)) == (100_000, 100)
    with zipfile.ZipFile(source, "a") as archive:
        for i in range(FILES - 100_000 + 1):
            archive.writestr(f"more/{i}.txt", b"")
    assert "more than 200000 files" in attempt(source)
    assert everything(tmp_path) == {str(source)}
