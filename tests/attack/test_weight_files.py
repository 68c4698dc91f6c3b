"""Files of weights gone bad at random, or made to overwhelm: a model, or a sentence; from the inspector a table, or a
sentence."""

from __future__ import annotations

import random
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.support.bare_files import of_timm
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.inspection import inspect


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The same model as torch.save writes it, new and old, in a container and without; and as safetensors."""
    file, state = tmp_path_factory.mktemp("good") / "model.pth", of_timm(depth=2, embed_dim=32).state
    found = []
    for saved, zipped in (({"model": state, "epoch": 1}, True), (dict(state), True), (dict(state), False)):
        torch.save(saved, file, _use_new_zipfile_serialization=zipped)
        found.append(file.read_bytes())
    save_file(state, file)
    return [*found, file.read_bytes()]


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """Other bytes anywhere, among the names at the beginning, or in the list at the end; or cut short."""
    changed = bytearray(data)
    first, last = chance.choice(((0, len(data)), (0, 9000), (len(data) - 6000, len(data)), (0, 0)))
    for _ in range(chance.choice((1, 3, 10)) if last else 0):
        changed[chance.randrange(first, min(last, len(data)))] = chance.randrange(256)
    return bytes(changed if last else changed[: chance.randrange(len(data))])


def said(of: Callable[[], object]) -> str:
    try:
        of()
        return "used"
    except CheckpointError as error:
        return str(error)


def many(good: list[bytes], file: Path, seed: int, count: int) -> None:
    chance, answers = random.Random(seed), []
    for _ in range(count):
        file.write_bytes(spoilt(chance.choice(good), chance))
        answers += [said(lambda: load_pretrained(file, heads=4)), said(lambda: inspect(file))]
    assert not [answer for answer in answers if "\n" in answer or len(answer) > 700]
    assert 0 < answers.count("used") < len(answers)


def test_sixty_files_gone_bad(good: list[bytes], tmp_path: Path) -> None:
    many(good, tmp_path / "model.pth", seed=0, count=60)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_thousands_of_files_gone_bad(good: list[bytes], tmp_path: Path) -> None:
    many(good, tmp_path / "model.pth", seed=1, count=5000)


def safetensors(file: Path, entries: Iterable[str], size: int) -> None:
    """A file of ``size`` bytes of numbers, most of it holes that take no room on the disk."""
    text = f"{{{','.join(entries)}}}".encode()
    with file.open("wb") as opened:
        opened.write(struct.pack("<Q", len(text)) + text)
        opened.truncate(8 + len(text) + size)


def bytes_called(name: str, count: int) -> Iterator[str]:
    for i in range(count):
        yield f'"{name.replace("{i}", str(i))}":{{"dtype":"U8","shape":[],"data_offsets":[{i},{i + 1}]}}'


@pytest.mark.timeout(60)
def test_hostile_files_neither_hang_nor_fill_the_memory(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    safetensors(file, ['"a":{"dtype":"F32","shape":[536870912],"data_offsets":[0,2147483648]}'], 2**31)
    assert inspect(file).bytes == 2**31
    safetensors(file, bytes_called("k{i}", 200_000), 200_000)
    with pytest.raises(CheckpointError, match="lists its tensors in"):
        inspect(file)
    safetensors(file, bytes_called("m{i}.patch_embed.proj.weight", 20_000), 20_000)
    assert inspect(file).tensors == 20_000
    safetensors(file, bytes_called("blocks.{i}.norm1.weight", 20_000), 20_000)
    assert "blocks 0-19999, 20000 alike" in {group.name for group in inspect(file).groups}
    with zipfile.ZipFile(tmp_path / "model.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/data.pkl", bytes(10**8))
    with pytest.raises(CheckpointError, match="packed"):
        inspect(tmp_path / "model.pth")
