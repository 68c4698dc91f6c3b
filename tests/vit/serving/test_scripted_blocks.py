"""A replay gives the numbers of the blocks it was written down from, to the last bit, and runs no Python for them."""

from __future__ import annotations

import gc
import weakref
from dataclasses import fields

import pytest
import torch
from PIL import Image

from tests.support.models import SMALL, every_vit, random_model
from vit import Trace, ViT
from vit.serving import scripted_blocks as of_replay
from vit.serving.scripted_blocks import Replay


def noise(model: ViT, batch: int = 1, rows: int = 0, seed: int = 0) -> torch.Tensor:
    """Pixels that fit the model, with so many rows of patches more than it was made for."""
    height, width = model.config.image_size
    size = (batch, model.config.channels, height + rows * model.config.patch_size, width)
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed))


def equal(a: Trace, b: Trace) -> None:
    """All that is in them is the same, bit by bit."""
    for field in fields(a):
        one, other = getattr(a, field.name), getattr(b, field.name)
        if isinstance(one, torch.Tensor):
            assert torch.equal(one, other), field.name
    for number, (one, other) in enumerate(zip(a.blocks, b.blocks, strict=True)):
        for name in ("resid_pre", "q", "k", "v", "pattern", "scores", "z", "resid_mid", "resid_post"):
            assert torch.equal(getattr(one, name), getattr(other, name)), f"{name} of block {number}"
    assert a.nbytes == b.nbytes


def passes_in_python(model: ViT) -> list[int]:
    """Grows by one with each block that Python runs."""
    passes: list[int] = []
    for block in model.blocks:
        block.register_forward_hook(lambda *_: passes.append(1))
    return passes


@every_vit
def test_a_replay_is_equal_to_the_last_bit(name: str) -> None:
    """For other pixels than those it was written down with, for other grids, for several pictures at once."""
    model, replayed, replay = random_model(SMALL[name]), random_model(SMALL[name]), Replay(lambda: True)
    replayed.block_runner = replay
    own_grid = model.config.own_grid_only
    for sizes in ({}, {"batch": 3}) if own_grid else ({}, {"rows": 1}, {"batch": 3}, {"rows": 2, "batch": 2}):
        replayed.trace(noise(model, **sizes))
        ran = passes_in_python(replayed)
        for seed in (1, 2):
            pixels = noise(model, **sizes, seed=seed)
            equal(model.trace(pixels), replayed.trace(pixels))
        assert not ran


def test_what_is_edited_is_replayed() -> None:
    """Positions left out, rotary angles turned the other way: what enters the blocks enters their replay."""
    for name, edits in (("cls", {"position_embedding": torch.zeros_like}), ("rotary", {"places": torch.neg})):
        model, replayed = random_model(SMALL[name]), random_model(SMALL[name])
        replayed.block_runner = Replay(lambda: True)
        pixels = noise(model)
        plain, edited = replayed.trace(pixels), replayed.trace(pixels, edits)
        equal(model.trace(pixels, edits), edited)
        assert not torch.equal(plain.blocks[0].pattern, edited.blocks[0].pattern)


def test_the_bundled_model_replayed(bundled: ViT, cat_trace: Trace, cat: Image.Image) -> None:
    """Threads that share a matrix between them share it in the same way."""
    try:
        bundled.block_runner = Replay(lambda: True)
        for side in (224, 280):
            pixels = bundled.preprocessing.at(side, side)(cat)
            bundled.trace(torch.zeros_like(pixels))
            replayed, bundled.block_runner = bundled.trace(pixels), None
            equal(bundled.trace(pixels) if side != 224 else cat_trace, replayed)
            bundled.block_runner = Replay(lambda: True)
    finally:
        bundled.block_runner = None


def test_nothing_is_written_down_until_it_is_worth_it() -> None:
    model, crowd = random_model(SMALL["cls"]), []
    model.block_runner = Replay(lambda: bool(crowd))
    ran = passes_in_python(model)
    for _ in range(3):
        model.trace(noise(model))
    assert len(ran) == 3 * model.config.depth
    crowd.append("somebody")
    model.trace(noise(model))
    before = len(ran)
    crowd.clear()
    model.trace(noise(model))
    assert len(ran) == before, "what is written down is used, crowd or not"
    model.trace(noise(model, rows=1))
    assert len(ran) == before + model.config.depth, "and only for what it was written down for"


@pytest.mark.parametrize("name", ["cls", "rotary"])
def test_what_was_prepared_is_replayed_from_the_first_pass_on(name: str) -> None:
    model, replayed, replay = random_model(SMALL[name]), random_model(SMALL[name]), Replay(lambda: False)
    replayed.block_runner = replay
    replay.prepare(replayed, torch.zeros_like(noise(model)))
    ran = passes_in_python(replayed)
    equal(model.trace(noise(model)), replayed.trace(noise(model)))
    assert not ran
    replayed.trace(noise(model, rows=1))
    assert len(ran) == model.config.depth, "only for pictures of that size"


def test_models_of_one_make_share_what_is_written_down_and_keep_their_weights() -> None:
    replay = Replay(lambda: True)
    first, second = random_model(SMALL["registers"]), random_model(SMALL["registers"])
    for parameter in second.parameters():
        parameter.mul_(0.7)
    pixels = noise(first)
    expected = [model.trace(pixels) for model in (first, second)]
    first.block_runner = second.block_runner = replay
    first.trace(pixels)
    ran = passes_in_python(second)
    for model, trace in zip((first, second), expected, strict=True):
        equal(trace, model.trace(pixels))
    assert not ran
    second.blocks[1].mlp.up.weight.mul_(2)  # in place, as an optimiser does
    changed = second.trace(pixels)
    second.block_runner = None
    equal(second.trace(pixels), changed)


def test_a_forgotten_model_leaves_nothing_of_its_weights() -> None:
    replay, model = Replay(lambda: True), random_model(SMALL["cls"])
    model.block_runner = replay
    for _ in range(2):
        model.trace(noise(model))
    gone = [weakref.ref(parameter) for parameter in model.parameters()]
    del model
    gc.collect()
    assert [ref() for ref in gone] == [None] * len(gone)


def test_it_writes_down_only_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_replay, "MOST", 2)
    model = random_model(SMALL["cls"])
    model.block_runner = Replay(lambda: True)
    for rows in (0, 1, 2):
        model.trace(noise(model, rows=rows))
    ran = passes_in_python(model)
    for rows, by_python in ((0, 0), (1, 0), (2, 1)):
        del ran[:]
        model.trace(noise(model, rows=rows))
        assert len(ran) == by_python * model.config.depth
