"""Files that torch.save wrote, or that look like it: read as tables of tensors, or refused before they can do harm."""

from __future__ import annotations

import argparse
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from vit.checkpoints.files import CheckpointError, read_tree
from vit.checkpoints.stored import Stored

RAN: list[str] = []


class _Net(torch.nn.Module):
    """Somebody's model: the pickle calls it, a set that every module has, and torch's own layers."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)


class _Code:
    def __reduce__(self) -> tuple:
        return RAN.append, ("run",)


def refused(file: Path, *words: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        read_tree(file)
    assert all(word in str(caught.value) for word in words), caught.value
    assert str(file) in str(caught.value)
    assert not RAN


@pytest.mark.parametrize("zipped", [True, False])
def test_tables_within_tables_and_what_a_training_notes_beside_them(tmp_path: Path, zipped: bool) -> None:
    file = tmp_path / "checkpoint.pth"
    weight = torch.arange(6.0).reshape(2, 3)
    saved = {"teacher": {"a": weight, "b": torch.nn.Parameter(weight.half())}, "epoch": 3, "run": Path("x")}
    notes = {"args": argparse.Namespace(arch="vit", more=[1])}
    torch.save(saved | notes, file, _use_new_zipfile_serialization=zipped)
    tree = read_tree(file)
    stored: Stored = tree["teacher"]["a"]
    assert (stored.shape, stored.kind, stored.bytes) == ((2, 3), "float32", 24)
    assert torch.equal(stored.read(), weight)
    assert tree["teacher"]["b"].kind == "float16"
    assert tree["epoch"] == 3
    assert not isinstance(tree["args"], argparse.Namespace)


def test_a_model_read_from_a_file_does_not_change_with_it(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pth"
    torch.save({"a": torch.ones(5000)}, file)
    ones = read_tree(file)["a"].read()
    file.write_bytes(bytes(file.stat().st_size))
    assert torch.equal(ones, torch.ones(5000))


@pytest.mark.parametrize("zipped", [True, False])
def test_what_a_pickle_would_call_is_named(tmp_path: Path, zipped: bool) -> None:
    file = tmp_path / "evil.pt"
    torch.save({"a": torch.zeros(2), "b": _Code()}, file, _use_new_zipfile_serialization=zipped)
    refused(file, "run as code", "getattr")


def test_a_pickle_that_asks_for_a_terabyte(tmp_path: Path) -> None:
    """torch.load builds a bytearray of any length that is asked for, weights_only or not."""
    file = tmp_path / "bomb.pt"
    torch.save({"a": 1}, file)
    bomb = b"\x80\x02}X\x01\x00\x00\x00ac__builtin__\nbytearray\n\x8a\x06\x00\x00\x00\x00\x00\x01\x85Rs."
    with zipfile.ZipFile(file) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(file, "w") as new:
        for name, data in members.items():
            new.writestr(name, bomb if name.endswith("data.pkl") else data)
    refused(file, "bytearray")


@pytest.mark.parametrize("packed", ["data.pkl", "data/0"])
def test_a_packed_zip_is_not_unpacked(tmp_path: Path, packed: str) -> None:
    file = tmp_path / "bomb.pt"
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("data.pkl", "data/0", "version"):
            kind = zipfile.ZIP_DEFLATED if name == packed else zipfile.ZIP_STORED
            archive.writestr(f"bomb/{name}", bytes(30_000_000) if name == packed else b"3\n", compress_type=kind)
    assert file.stat().st_size < 10**6
    refused(file, "packed")


def test_a_list_of_members_without_end(tmp_path: Path) -> None:
    file = tmp_path / "members.pt"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("members/data.pkl", b"\x80\x02}.")
    data = bytearray(file.read_bytes())
    end = data.rfind(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<I", 2**30)
    file.write_bytes(data)
    refused(file, "1024 MB")


@pytest.mark.parametrize("zipped", [True, False])
def test_hundreds_of_thousands_of_tensors_are_not_listed(tmp_path: Path, zipped: bool) -> None:
    file = tmp_path / "many.pt"
    one = torch.zeros(1)
    torch.save({f"blocks.{i}": one for i in range(400_000)}, file, _use_new_zipfile_serialization=zipped)
    refused(file, "names its tensors in more than 8 MB")


def test_a_table_within_itself(tmp_path: Path) -> None:
    table: dict = {"a": torch.zeros(1)}
    table["table"] = table
    torch.save(table, tmp_path / "loop.pt")
    refused(tmp_path / "loop.pt", "without end")
    doubled: dict = {"a": torch.zeros(1)}
    for _ in range(7):
        doubled = {f"{i}": doubled for i in range(20)}
    torch.save(doubled, tmp_path / "laughs.pt")
    refused(tmp_path / "laughs.pt", "without end")


def test_a_torchscript_archive_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "clip.pt", "w") as archive:
        archive.writestr("clip/data.pkl", b"\x80\x02}.")
        archive.writestr("clip/code/__torch__.py", "import os")
    refused(tmp_path / "clip.pt", "TorchScript", "state_dict()")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"GGUF\x03\0\0\0", "GGUF"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "gzip"),
        (b"<!DOCTYPE html>", "web page"),
        (b"PK\x03\x04 broken", "damaged"),
        (b"\x80\x02.", "damaged"),
        (b"\x80\x04\x95", "nothing was"),
        (b"\x00\x01", "neither"),
        (pickle.dumps({"a": 1}, protocol=2), "damaged"),
    ],
    ids=repr,
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, content: bytes, word: str) -> None:
    (tmp_path / "model.pth").write_bytes(content)
    refused(tmp_path / "model.pth", word)


def test_a_safetensors_file_by_any_name(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"a": torch.ones(2, dtype=torch.bfloat16)}, tmp_path / "weights.pt")
    stored = read_tree(tmp_path / "weights.pt")["a"]
    assert (stored.shape, stored.kind, stored.bytes) == ((2,), "bfloat16", 4)
    assert torch.equal(stored.read(), torch.ones(2, dtype=torch.bfloat16))


def test_of_what_a_whole_model_calls_the_most_telling_is_named(tmp_path: Path) -> None:
    torch.save(_Net(), tmp_path / "model.pth")
    with pytest.raises(CheckpointError, match=r"holds more than tensors \(\S+_Net\).*save its state_dict\(\) alone"):
        read_tree(tmp_path / "model.pth")


def test_arrays_of_numpy_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "vit.npz", **{"Transformer/encoder_norm/scale": np.zeros(3)})
    with pytest.raises(CheckpointError, match="arrays of NumPy"):
        read_tree(tmp_path / "vit.npz")
