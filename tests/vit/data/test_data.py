"""Data sets: bundled, from MNIST's own files, from folders and archives of every make; batches and augmentation."""

from __future__ import annotations

import gzip
import struct
import tarfile
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.support.pictures import classes, plain, tarred, written, zipped
from tests.support.places import ROOT
from vit.data import DataError, DataSet, batches, idx, load
from vit.data.augment import DRAWS, augment, draw, stroke
from vit.data.dataset import Pictures, split
from vit.pictures.augment import Augment

MNIST = ROOT.parent / "shared" / "data" / "mnist"
CIFAR = ROOT.parent / "shared" / "data" / "cifar10-subset.tar"


def from_folder(source: Path, size: int = 8) -> DataSet:
    return load("folder", str(source), size, held_out=0.25)


def test_the_bundled_digits() -> None:
    data = load("mnist-10k")
    assert data.train.images.shape == (9000, 1, 28, 28)
    assert data.held_out.images.shape == (1000, 1, 28, 28)
    assert data.train.images.dtype == torch.uint8
    assert data.classes == tuple("0123456789")
    assert data.train.labels.bincount().min() > 700
    (mean,), (std,) = data.colours()
    assert mean == pytest.approx(0.1307, abs=0.003)  # what everybody normalises MNIST with
    assert std == pytest.approx(0.3081, abs=0.003)


@pytest.mark.skipif(not MNIST.is_dir(), reason="the whole of MNIST lies outside the project")
def test_the_bundled_digits_are_none_of_the_official_test_digits() -> None:
    whole, small = idx.pictures(MNIST, "test"), load("mnist-10k")
    test = {image.tobytes() for image in whole.images.numpy()}
    own = [image.tobytes() for part in (small.train, small.held_out) for image in part.images.numpy()]
    assert len(own) == 10_000
    assert not test & set(own)


@pytest.mark.skipif(not MNIST.is_dir(), reason="the whole of MNIST lies outside the project")
def test_mnist_from_a_folder() -> None:
    data = load("mnist", str(MNIST))
    assert (len(data.train), len(data.held_out)) == (60_000, 10_000)


@pytest.mark.slow
@pytest.mark.skipif(not CIFAR.is_file(), reason="the CIFAR-10 subset lies outside the project")
def test_photographs_from_a_tar() -> None:
    data = load("folder", str(CIFAR), 32)
    assert len(data.classes) == 10
    assert (len(data.train), len(data.held_out)) == (10_000, 2_000)
    assert not data.skipped


def make_idx(path: Path, array: np.ndarray, kind: int = 8) -> None:
    head = struct.pack(">HBB", 0, kind, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wb") as file:
        file.write(head + array.astype(np.uint8).tobytes())


def test_idx_files_are_read_as_they_were_written(tmp_path: Path) -> None:
    array = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    for name in ("a", "a.gz"):
        make_idx(tmp_path / name, array)
        assert (idx.read(tmp_path / name) == array).all()


@pytest.mark.parametrize("damage", ["short", "long", "kind", "empty", "not gzip", "huge"])
def test_a_damaged_idx_file_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / ("x.gz" if damage == "not gzip" else "x")
    make_idx(tmp_path / "x", np.zeros((2, 3)), kind=0x0D if damage == "kind" else 8)
    good = (tmp_path / "x").read_bytes()
    huge = struct.pack(">HBB3I", 0, 8, 3, 2**31, 2**31, 2**31)
    path.write_bytes({"short": good[:-1], "long": good + b"0", "empty": b"", "huge": huge}.get(damage, good))
    with pytest.raises(DataError, match=path.name):
        idx.read(path)


@pytest.mark.parametrize("make", ["folder", "zip", "tar"])
def test_a_folder_a_class(tmp_path: Path, make: str) -> None:
    if make == "folder":
        source = written(tmp_path / "set", classes())
    else:
        source = (zipped if make == "zip" else tarred)(tmp_path / f"set.{make}", classes())
    data = from_folder(source)
    assert data.classes == ("blue", "red")
    assert data.train.images.shape == (6, 3, 8, 8)
    assert data.held_out.labels.tolist() == [0, 1]  # one of each class
    red = data.train.images[data.train.labels == 1].float().mean(dim=(0, 2, 3))
    assert red[0] > 190
    assert red[1:].max() < 5


def test_train_and_test_folders_inside_a_wrapper_and_rubbish(tmp_path: Path) -> None:
    files = {f"tom_and_jerry/{part}/{name}": data for part in ("train", "test") for name, data in classes().items()}
    files |= {"tom_and_jerry/__MACOSX/train/._x.png": b"x", "tom_and_jerry/.DS_Store": b"x"}
    data = from_folder(zipped(tmp_path / "set.zip", files))
    assert data.classes == ("blue", "red")
    assert (len(data.train), len(data.held_out)) == (8, 8)
    assert not data.skipped


def test_unreadable_files_are_skipped_and_listed(tmp_path: Path) -> None:
    files = classes() | {
        "red/broken.png": plain((1, 2, 3))[:40],
        "red/notes.txt": b"hello",
        "loose.png": plain((1, 1, 1)),
    }
    data = from_folder(zipped(tmp_path / "set.zip", files))
    assert len(data.train) + len(data.held_out) == 8
    assert len(data.skipped) == 3
    text = " ".join(data.skipped)
    assert all(name in text for name in ("broken.png", "notes.txt", "loose.png"))


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({f"red/{i}.png": plain((1, 1, 1)) for i in range(4)}, "1 class"),
        ({"a.png": plain((1, 1, 1))}, "no class"),
        ({"a/x.txt": b"x", "b/y.txt": b"y"}, "no picture"),
        ({"a/0.png": plain((1, 1, 1)), **classes()}, "fewer than 2 pictures to train on of a"),
        ({}, "no picture"),
    ],
)
def test_too_little_to_train_on(tmp_path: Path, files: dict[str, bytes], says: str) -> None:
    with pytest.raises(DataError, match=says):
        from_folder(zipped(tmp_path / "set.zip", files))


@pytest.mark.parametrize("name", ["../evil.png", "/etc/evil.png", "a/../../evil.png", "C:\\evil.png", "..\\evil.png"])
@pytest.mark.parametrize("make", [zipped, tarred])
def test_an_archive_that_leads_out_of_itself_is_refused(tmp_path: Path, name: str, make) -> None:
    (tmp_path / "inner").mkdir()
    source = make(tmp_path / "inner" / "set.archive", classes() | {name: plain((1, 1, 1))})
    with pytest.raises(DataError, match="leads out of it"):
        from_folder(source)
    assert not list(tmp_path.rglob("evil*"))


def test_bombs_are_refused(tmp_path: Path) -> None:
    bomb = bytes(20 * 2**20)
    for make in (zipped, tarred):
        with pytest.raises(DataError, match="bomb"):
            from_folder(make(tmp_path / "bomb.archive", classes() | {"red/bomb.png": bomb}))


def test_a_zip_that_announces_less_than_it_holds_is_no_way_in(tmp_path: Path) -> None:
    """The size in the directory is a claim: the bytes are what counts, and zipfile stops at the claim."""
    source = zipped(tmp_path / "set.zip", classes() | {"red/liar.png": bytes(30 * 2**20)})
    data = source.read_bytes()
    source.write_bytes(data.replace(struct.pack("<I", 30 * 2**20), struct.pack("<I", 100)))
    found = from_folder(source)
    assert any("liar.png" in line for line in found.skipped)


def test_links_in_archives_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(plain((7, 7, 7)))
    path = tarred(tmp_path / "set.tar", classes(), "w")
    with tarfile.open(path, "a") as archive:
        entry = tarfile.TarInfo("red/link.png")
        entry.type, entry.linkname = tarfile.SYMTYPE, str(secret)
        archive.addfile(entry)
    assert any("link.png" in line for line in from_folder(path).skipped)


@pytest.mark.parametrize("damage", ["cut", "text", "missing"])
def test_no_archive_at_all(tmp_path: Path, damage: str) -> None:
    source = zipped(tmp_path / "set.zip", classes())
    if damage == "missing":
        source.unlink()
    else:
        source.write_bytes(b"hello" if damage == "text" else source.read_bytes()[:-30])
    with pytest.raises(DataError, match=r"set\.zip"):
        from_folder(source)


def test_a_download_without_a_network_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setattr(urllib.request, "_opener", None)  # which had read the proxies when it was first used
    with pytest.raises(DataError, match=r"could not be downloaded .* use the bundled digits"):
        load("cifar10")


def test_unknown_names_and_missing_paths() -> None:
    with pytest.raises(DataError, match="choose one of mnist-10k"):
        load("imagenet")
    with pytest.raises(DataError, match=r"data\.path"):
        load("folder")


def test_pictures_can_be_resized() -> None:
    data = load("mnist-10k", image_size=14)
    assert data.size == (14, 14)
    assert data.in_colour().train.images.shape == (9000, 3, 14, 14)


def test_every_class_is_held_out_in_proportion() -> None:
    pictures = Pictures(torch.zeros(50, 1, 1, 1, dtype=torch.uint8), torch.tensor([0] * 40 + [1] * 10))
    train, held = split(pictures, 0.2, seed=3)
    assert held.labels.bincount().tolist() == [8, 2]
    assert train.labels.bincount().tolist() == [32, 8]
    few = Pictures(torch.zeros(9, 1, 1, 1, dtype=torch.uint8), torch.tensor([0] * 2 + [1] * 3 + [2] * 4))
    train, held = split(few, 0.9, seed=3)
    assert (train.labels.bincount().tolist(), held.labels.bincount().tolist()) == ([2, 2, 2], [0, 1, 2])


def test_an_epoch_sees_every_picture_once_and_the_next_in_another_order() -> None:
    first = torch.cat([batches.indices(100, 20, seed=1, step=step) for step in range(5)])
    second = torch.cat([batches.indices(100, 20, seed=1, step=step) for step in range(5, 10)])
    assert first.sort().values.tolist() == list(range(100))
    assert second.sort().values.tolist() == list(range(100))
    assert not torch.equal(first, second)
    assert not torch.equal(first, torch.cat([batches.indices(100, 20, seed=2, step=step) for step in range(5)]))


def test_chance_is_a_function_of_seed_and_step() -> None:
    def chance(seed: int, step: int) -> torch.Tensor:
        return draw(4, batches.step_generator(seed, step))

    assert torch.equal(chance(0, 7), chance(0, 7))
    assert len({tuple(chance(seed, step).flatten().tolist()) for seed in range(5) for step in range(5)}) == 25


def one(**how: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture of one bright pixel off the centre, and it changed by the most that ``how`` allows."""
    images = torch.zeros(1, 1, 9, 9, dtype=torch.uint8)
    images[0, 0, 4, 6] = 255
    return images.float()[0, 0] / 255, augment(images, torch.ones(1, DRAWS), Augment(**how))[0, 0]


def test_no_augmentation_is_the_picture_itself() -> None:
    before, after = one()
    assert torch.equal(before, after)


def test_a_shift_moves_a_turn_turns_and_a_flip_mirrors() -> None:
    _, shifted = one(shift=2 / 9)  # two of nine pixels, in both directions
    assert shifted[2, 4] == pytest.approx(1, abs=1e-4)
    _, turned = one(rotate=90)
    assert turned.max() == pytest.approx(1, abs=1e-3)
    assert divmod(int(turned.argmax()), 9) in {(2, 4), (6, 4)}  # from right of the centre to above or below it
    images = torch.zeros(1, 1, 9, 9, dtype=torch.uint8)
    images[0, 0, 4, 6] = 255
    mirrored = augment(images, -torch.ones(1, DRAWS), Augment(flip=True))[0, 0]
    assert mirrored[4, 2] == pytest.approx(1, abs=1e-4)


def test_a_smaller_scale_brings_things_nearer_to_the_centre() -> None:
    images = torch.zeros(1, 1, 9, 9, dtype=torch.uint8)
    images[..., 8] = 255
    larger = augment(images, torch.ones(1, DRAWS), Augment(scale=0.5))
    assert larger.sum() < images.sum() / 255  # the bright edge has moved out


def test_strokes_grow_and_shrink_by_hand() -> None:
    line = torch.zeros(2, 1, 5, 5)
    line[..., 2, :] = 1.0
    thick, thin = stroke(line, torch.tensor([0.5, -0.5]))[:, 0]
    assert thick[:, 0].tolist() == [0, 0.5, 1, 0.5, 0]
    assert thin[:, 0].tolist() == [0, 0, 0.5, 0, 0]
