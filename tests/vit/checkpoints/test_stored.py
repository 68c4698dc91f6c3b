"""The tensors of a safetensors file are those that its own library reads, at whatever byte they begin."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from vit.checkpoints.stored import NUMBERS, read_safetensors

KINDS = (
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint16, torch.uint8, torch.bool, torch.complex64),
)


def test_every_kind_of_number_in_every_shape(tmp_path: Path) -> None:
    numbers = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 6.0]])
    shapes = {"matrix": numbers, "number": numbers[1, 2], "nothing": numbers[:, :0]}
    tensors = {f"{kind} {name}": each.to(kind, copy=True) for kind in KINDS for name, each in shapes.items()}
    save_file(tensors, tmp_path / "model.safetensors")
    found, expected = read_safetensors(tmp_path / "model.safetensors"), load_file(tmp_path / "model.safetensors")
    assert found.keys() == expected.keys() == tensors.keys()
    for name, stored in found.items():
        theirs = expected[name]
        assert (stored.shape, stored.kind) == (theirs.shape, str(theirs.dtype).removeprefix("torch."))
        read, theirs = stored.read(), theirs.float() if theirs.dtype in NUMBERS else theirs
        assert read.dtype == theirs.dtype
        assert read.shape == theirs.shape
        assert torch.equal(read.reshape(-1).view(torch.uint8), theirs.reshape(-1).view(torch.uint8))


def test_a_tensor_may_begin_at_an_odd_byte(tmp_path: Path) -> None:
    entries = {
        "odd": {"dtype": "U8", "shape": [3], "data_offsets": [0, 3]},
        "after": {"dtype": "F32", "shape": [2, 2], "data_offsets": [3, 19]},
    }
    header = json.dumps(entries).encode()
    data = header + b" " * (1 - len(header) % 2) + bytes([7, 8, 9]) + struct.pack("<4f", 0.5, -1.0, 2.0, 1e6)
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(data) - 19) + data)
    found = read_safetensors(tmp_path / "model.safetensors")
    assert found["odd"].read().tolist() == [7, 8, 9]
    assert found["after"].read().tolist() == [[0.5, -1.0], [2.0, 1e6]]


def test_what_is_read_is_the_reader_s_own(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    save_file({"weight": torch.ones(1000)}, file)
    found = read_safetensors(file)["weight"]
    before = found.read()
    before += 1
    assert torch.equal(found.read(), torch.ones(1000))
    file.write_bytes(file.read_bytes()[:-4000] + torch.zeros(1000).numpy().tobytes())
    assert torch.equal(before, torch.full((1000,), 2.0))
