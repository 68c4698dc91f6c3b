"""Checkpoints that attack: a model that can be used, or a sentence; nothing is executed, nothing fills the memory."""

from __future__ import annotations

import json
import pickle
import random
import shutil
import struct
from collections import OrderedDict
from copy import deepcopy
from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.support.families import CASES
from tests.support.models import saved_model
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError

VALUES = [
    "x", "7", -1, 0, 1, 3, 10**9, 2**70, 1.5, -0.5, float("nan"), float("inf"), None, True, [], {}, [1], [8, 8],
    [-8, -8], [10**6, 10**6], {"height": 10**6, "width": 10**6}, {"shortest_edge": 10**7}, {"height": -1, "width": 2},
    "\0", "rotary", ["cls"] * 50, ["é\n"], "../../etc/passwd",
]  # fmt: skip
MORE = {"num_register_tokens": 4, "num_labels": 3, "id2label": None, "vision_config": {}, "image_size": 32}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A checkpoint of several families, and of our own format."""
    root = tmp_path_factory.mktemp("good")
    folders = [CASES[name].save(root / str(i)) for i, name in enumerate(("ViT classifier", "registers", "DINOv3"))]
    return [*folders, *(saved_model(root / name, name) for name in ("cls", "rotary", "map", "digits"))]


def attempt(folder: Path) -> str:
    """``used`` if a picture went through, otherwise the sentence."""
    try:
        model = load_pretrained(folder)
    except CheckpointError as error:
        said = str(error)
        return said if "\n" not in said and len(said) < 700 else f"NO SENTENCE {said}"
    model.trace(model.preprocess(Image.new("RGB", (40, 30), "red")))
    return "used"


def spoilt_words(folder: Path, chance: random.Random) -> None:
    """Another value somewhere in one of the files of words, or other bytes."""
    file = folder / chance.choice(
        [name for name in ("config.json", "preprocessor_config.json") if (folder / name).exists()]
    )
    if chance.random() < 0.1:
        data = bytearray(file.read_bytes())
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        file.write_bytes(data)
        return
    value = json.loads(file.read_text())
    for _ in range(chance.choice((1, 1, 1, 3))):
        place = value
        key = chance.choice([*sorted(value), *(MORE if file.name == "config.json" else ())])
        if isinstance(place.get(key), dict) and place[key] and chance.random() < 0.5:
            place = place[key]
            key = chance.choice(sorted(place))
        place[key] = deepcopy(chance.choice(VALUES))  # or a value could come to stand within itself
    file.write_text(json.dumps(value))


def spoilt_header(folder: Path, chance: random.Random) -> None:
    """Lengths, offsets, types and shapes of a safetensors file beyond reason, or the same tensor twice."""
    file = folder / "model.safetensors"
    data = file.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    key = chance.choice([name for name in header if name != "__metadata__"])
    entry, other = header[key], header[chance.choice([name for name in header if name != "__metadata__"])]
    how = chance.randrange(9)
    if how == 0:
        entry["dtype"] = chance.choice(
            ("F8_E4M3", "F8_E8M0", "F4", "F6_E2M3", "BOOL", "I64", "U8", "C64", "F64", "X", 3, None)
        )
    elif how == 1:
        entry["shape"] = chance.choice(([-1], [0], [10**12], [2**63], [1.5], ["a"], [], None, [1] * 200, [[1]]))
    elif how == 2:
        entry["data_offsets"] = chance.choice(([0, 2**63], [-8, 0], [8, 0], [0], other["data_offsets"], None, [0.5, 4]))
    elif how == 3:
        header["../" + key] = header.pop(key)
    elif how == 4:
        header["__metadata__"] = chance.choice((1, {"a": 1}, [], {"a": "b" * 10**6}))
    text = json.dumps(header).encode()
    if how == 5:
        text = text[:-1] + b"," + json.dumps({key: entry}).encode()[1:]
    size = struct.pack("<Q", chance.choice((2**63, 2**64 - 1, 10**8, len(text) - 1, 0)) if how == 6 else len(text))
    if how == 7:
        body = body[: chance.randrange(len(body))]
    file.write_bytes(size + text + (body + b"x" if how == 8 else body))


def many(good: list[Path], folder: Path, seed: int, count: int) -> None:
    chance, used, wrong = random.Random(seed), 0, []
    for _ in range(count):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(chance.choice(good), folder)
        chance.choice((spoilt_words, spoilt_words, spoilt_header))(folder, chance)
        words = (folder / "config.json").read_bytes()
        try:
            said = attempt(folder)
        except Exception as error:
            said = f"WRONG {type(error).__name__} {error}"
        used += said == "used"
        if said.startswith(("WRONG", "NO SENTENCE")):
            wrong.append((said[:200], words[:1500]))
    assert not wrong, (len(wrong), wrong[:3])
    assert 0 < used < count


def test_eighty_checkpoints_gone_bad(good: list[Path], tmp_path: Path) -> None:
    many(good, tmp_path / "bad", seed=0, count=80)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_thousands_of_checkpoints_gone_bad(good: list[Path], tmp_path: Path) -> None:
    many(good, tmp_path / "bad", seed=1, count=5000)


class Writes:
    """A pickle whose code writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple:
        return open, (self.path, "w")


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("how", ["zip", "old", "bare", "nested"])
def test_code_in_a_pickle_is_not_run(good: list[Path], tmp_path: Path, how: str) -> None:
    folder, proof = Path(shutil.copytree(good[0], tmp_path / "bad")), tmp_path / "ran"
    (folder / "model.safetensors").unlink()
    file, code = folder / "pytorch_model.bin", Writes(proof)
    if how == "bare":
        file.write_bytes(pickle.dumps({"weight": code}))
    else:
        state = OrderedDict(a=torch.zeros(2), b=[{"c": code}] if how == "nested" else code)
        torch.save(state, file, _use_new_zipfile_serialization=how != "old")
    assert "nothing was" in attempt(folder)
    assert not proof.exists()
    pickle.loads(pickle.dumps(code)).close()
    assert proof.exists(), "it would have, had it been run"


@pytest.mark.parametrize(
    "tensor",
    [
        torch.zeros(1).expand(10**6, 10**6),
        torch.zeros(1, dtype=torch.bfloat16).expand(10**5, 10**5),
        torch.sparse_coo_tensor([[0], [0]], [1.0], (10**6, 10**6), check_invariants=False),
        torch.zeros(10**6, 10**6, device="meta"),
    ],
    ids=["expanded", "half", "sparse", "meta"],
)
@pytest.mark.filterwarnings("ignore:Sparse", "ignore:Validating sparse")
def test_a_tensor_that_grows_when_it_is_copied_is_refused(
    good: list[Path], tmp_path: Path, tensor: torch.Tensor
) -> None:
    """A few bytes in the file, terabytes in the memory."""
    folder = Path(shutil.copytree(good[0], tmp_path / "bad"))
    (folder / "model.safetensors").unlink()
    torch.save({"vit.layernorm.weight": tensor}, folder / "pytorch_model.bin")
    assert (folder / "pytorch_model.bin").stat().st_size < 10**5
    assert "pytorch_model.bin" in attempt(folder)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", ".", "", "\0", "a" * 300, "a\nb", "~"])
def test_an_index_that_leads_elsewhere(good: list[Path], tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(good[0], tmp_path / "bad"))
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": name}}))
    said = attempt(folder)
    assert "fetch it again" in said or "is missing" in said


def test_words_of_a_gigabyte_are_not_read(good: list[Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(good[0], tmp_path / "bad"))
    with (folder / "config.json").open("ab") as file:
        file.truncate(2**30)
    assert "1024 MB" in attempt(folder)
