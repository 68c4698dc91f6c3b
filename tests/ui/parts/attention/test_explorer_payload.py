"""What is sent to the browser: true to the trace, small enough, shared under a name nobody can guess."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.support.models import SMALL, noise, random_model
from tests.support.packed import unpacked
from ui.parts.attention.explorer import payload
from ui.parts.attention.measured_heads import measured_heads
from ui.server import shared_files
from vit import PRESETS, Trace, ViT, ViTConfig
from vit.analysis import attention
from vit.analysis.merged_patches import block_side, merge_pattern, merge_tokens, merged_layout
from vit.model.layout import TokenLayout
from vit.model.trace import Attended
from vit.serving.lean_trace import lean


def traced(model: ViT) -> Trace:
    return model.trace(noise(model.config))


def test_a_payload_holds_the_trace(small: ViT) -> None:
    trace = traced(small)
    file, heads = payload.pack(trace, small)
    header, arrays = unpacked(file)
    for measured, array in vars(measured_heads.function((), trace)).items():
        np.testing.assert_array_equal(getattr(heads, measured), array)
    pattern = np.stack([block.pattern[0].numpy() for block in trace.blocks])
    np.testing.assert_allclose(arrays["pattern"].astype(np.float32), pattern, rtol=0.0005, atol=3e-8)
    np.testing.assert_array_equal(arrays["norms"], attention.value_norms(trace, small))
    np.testing.assert_array_equal(arrays["entropy"], attention.entropy(trace))
    np.testing.assert_array_equal(arrays["distance"], attention.mean_distance(trace))
    assert header["grid"] == header["fullGrid"] == list(trace.layout.grid)
    assert header["prefix"] == [trace.layout.name(i) for i in range(trace.layout.n_prefix)]
    assert header["level"]["attention"] == pytest.approx(pattern.mean()) == 1 / trace.layout.n_tokens
    contribution = attention.contribution(pattern, arrays["norms"])
    assert header["level"]["contribution"] == pytest.approx(contribution.mean(), rel=1e-5)
    assert header["most"] == {"attention": 1, "contribution": pytest.approx(contribution.max(), rel=1e-5)}
    assert arrays["image"].shape == (*small.config.image_size, 3)
    assert ("probe" in arrays) == (trace.pool_pattern is not None)
    assert "rollout" not in arrays, "the browser works it out"


@pytest.mark.parametrize("limit", [payload.LIMIT, 400])  # whole, and with patches merged, which needs the rollout too
def test_a_block_s_attention_is_computed_once(small: ViT, limit: int) -> None:
    trace, looked_at = traced(small), []

    def recall(layer: int, resid_pre: torch.Tensor) -> Attended:
        looked_at.append(layer)
        return small.attention_of(layer, resid_pre, trace.layout)

    assert payload.pack(lean(trace, recall), small, limit)[0] == payload.pack(trace, small, limit)[0]
    assert looked_at == list(range(trace.depth))


@pytest.mark.parametrize(("preset", "patch"), [("vit-s14", 14), ("vit-b16", 16)])
def test_twelve_megabytes_are_enough_at_224_pixels(preset: str, patch: int) -> None:
    config = PRESETS["vit-b16"] if patch == 16 else ViTConfig(patch_size=14, width=384, heads=6, mlp_width=16)
    model = ViT(config).eval().requires_grad_(False)
    data, _ = payload.pack(traced(model), model)
    assert len(data) <= 12e6
    assert unpacked(data)[0]["side"] == 1, "nothing is left out"


def test_a_digit_takes_less_than_one_megabyte() -> None:
    config = ViTConfig(image_size=(28, 28), patch_size=4, channels=1, width=64, depth=6, heads=8, mlp_width=8)
    model = random_model(config)
    assert len(payload.pack(traced(model), model)[0]) < 1e6


def test_merging_takes_the_mean_of_a_block() -> None:
    layout = TokenLayout(("cls",), (3, 3))
    row = torch.tensor([9.0, *range(9)])  # CLS, then 0 1 2 / 3 4 5 / 6 7 8
    assert merge_tokens(row, layout, 2).tolist() == [9, 2, 3.5, 6.5, 8]  # blocks are cut off at the edge
    assert merged_layout(layout, 2).grid == (2, 2)
    pattern = torch.rand(2, 10, 10)
    merged = merge_pattern(pattern, layout, 2)
    assert merged.shape == (2, 5, 5)
    torch.testing.assert_close(merged[0, 1, 0], pattern[0, [1, 2, 4, 5], 0].mean())
    torch.testing.assert_close(merged[1, 0, 4], pattern[1, 0, 9])
    assert merge_pattern(torch.full((1, 10, 10), 0.1), layout, 2).eq(0.1).all(), "uniform stays uniform"


def test_blocks_are_as_small_as_the_limit_allows() -> None:
    layout = TokenLayout(("cls",), (37, 37))  # 518 pixels in patches of 14
    assert block_side(layout, heads=72, limit=payload.LIMIT) == 2
    assert block_side(layout, heads=72, limit=2 * 72 * layout.n_tokens**2) == 1
    assert block_side(TokenLayout((), (1, 1)), heads=10**9, limit=1) == 1


def test_a_merged_payload_brings_its_rollout() -> None:
    model = random_model(SMALL["registers"])
    trace = traced(model)
    header, arrays = unpacked(payload.pack(trace, model, limit=3000)[0])
    assert (header["side"], header["grid"], header["fullGrid"]) == (2, [2, 3], [4, 6])
    assert arrays["pattern"].shape == (2, 2, 9, 9)
    expected = merge_pattern(torch.from_numpy(attention.rollout(trace)), trace.layout, 2)
    np.testing.assert_allclose(arrays["rollout"], expected, rtol=1e-5)


def test_a_name_depends_on_picture_model_and_key() -> None:
    model = random_model(SMALL["cls"])
    pixels = torch.randn(1, 3, 32, 48)
    name = shared_files.fingerprint(model.trace(pixels), b"key")
    assert shared_files.fingerprint(model.trace(pixels), b"key") == name
    assert shared_files.fingerprint(model.trace(pixels), b"another key") != name
    assert shared_files.fingerprint(model.trace(pixels + 0.01), b"key") != name
    model.norm.bias.add_(0.1)
    assert shared_files.fingerprint(model.trace(pixels), b"key") != name


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shared_files, "FOLDER", tmp_path / "cache")
    return tmp_path / "cache"


def test_a_file_is_made_once_and_shared(folder: Path) -> None:
    made = []

    def make() -> bytes:
        made.append(1)
        return b"payload"

    assert shared_files.share("a1", make) == "app/static/cache/a1.numbers"
    version = (folder / "a1.numbers").stat().st_mtime_ns
    assert shared_files.share("a1", make) == "app/static/cache/a1.numbers"
    assert (folder / "a1.numbers").stat().st_mtime_ns == version, "whoever has fetched half of it goes on"
    assert made == [1]
    assert [path.read_bytes() for path in folder.iterdir()] == [b"payload"]
    (folder / "a1.numbers").unlink()  # gone to make room: the next to ask makes it again
    shared_files.share("a1", make)
    assert made == [1, 1]


def test_the_least_recently_used_files_make_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_files, "LIMIT", 25)
    for age, name in enumerate(["old", "used", "new"]):
        shared_files.share(name, lambda: bytes(10))
        os.utime(folder / f"{name}.numbers", (1000 + age, 1000 + age))
        if name == "used":
            os.utime(folder / "old.numbers", (1, 1))
    shared_files.share("used", lambda: bytes(10))
    shared_files.share("newest", lambda: bytes(10))
    assert {path.stem for path in folder.iterdir()} == {"used", "newest"}
    shared_files.share("huge", lambda: bytes(100))
    assert {path.stem for path in folder.iterdir()} == {"huge"}, "what was asked for stays"


def test_nothing_half_written_is_served(folder: Path) -> None:
    def fail() -> bytes:
        raise RuntimeError("no room")

    with pytest.raises(RuntimeError):
        shared_files.share("b", fail)
    assert not folder.exists() or not list(folder.iterdir())
