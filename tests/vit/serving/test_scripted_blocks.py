"""Scripts give the numbers of the blocks they were written down from, to the last bit, and run no Python for them."""

from __future__ import annotations

import copy
import gc
import weakref
from dataclasses import fields, replace

import pytest
import torch
from PIL import Image
from torch import Tensor

from tests.support.models import SMALL, every_vit, random_model
from vit import Trace, ViT
from vit.serving import scripted_blocks
from vit.serving.scripted_blocks import ScriptedBlock, scripted


@pytest.fixture(autouse=True)
def nothing_scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts are made in each test."""
    monkeypatch.setattr(scripted_blocks, "_SCRIPTS", {})


def noise(model: ViT, batch: int = 1, rows: int = 0, seed: int = 0) -> Tensor:
    """Pixels that fit the model, with so many rows of patches more than it was made for."""
    height, width = model.config.image_size
    size = (batch, model.config.channels, height + rows * model.config.patch_size, width)
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed))


def equal(a: Trace, b: Trace) -> None:
    """All that is in them is the same, bit by bit."""
    for field in fields(a):
        one, other = getattr(a, field.name), getattr(b, field.name)
        if isinstance(one, Tensor):
            assert torch.equal(one, other), field.name
    for number, (one, other) in enumerate(zip(a.blocks, b.blocks, strict=True)):
        for name in ("resid_pre", "q", "k", "v", "pattern", "scores", "z", "resid_mid", "resid_post"):
            assert torch.equal(getattr(one, name), getattr(other, name)), f"{name} of block {number}"
    assert a.nbytes == b.nbytes


def run_by_python(model: ViT) -> list[int]:
    """Grows by one with each matrix of a block that Python asks for."""
    runs: list[int] = []
    for block in model.blocks:
        for matrix in (block.attention.qkv, block.mlp.up):
            matrix.register_forward_hook(lambda *_: runs.append(1))
    return runs


@every_vit
def test_scripts_are_equal_to_the_last_bit(name: str) -> None:
    """For other grids than those they were written down with, for several pictures at once; recorded, attention alone,
    and without a record."""
    model, with_scripts = random_model(SMALL[name]), scripted(random_model(SMALL[name]))
    ran = run_by_python(with_scripts)
    own_grid = model.config.own_grid_only
    for sizes in ({}, {"batch": 3}) if own_grid else ({}, {"rows": 1}, {"batch": 3}, {"rows": 2, "batch": 2}):
        for seed in (1, 2):
            pixels = noise(model, **sizes, seed=seed)
            trace = model.trace(pixels)
            equal(trace, with_scripts.trace(pixels))
        last = model.config.depth - 1
        again = with_scripts.attention_of(last, trace.residual(last), trace.layout)
        for part in ("q", "k", "v", "pattern", "scores"):
            assert torch.equal(getattr(trace.blocks[last], part), getattr(again, part)), part
        with torch.inference_mode():
            assert torch.equal(model(pixels), with_scripts(pixels))
    assert not ran


@every_vit
def test_any_number_of_tokens(name: str) -> None:
    """Some hidden, as in What if, each of the others at its own place; down to one patch."""
    model, with_scripts = random_model(SMALL[name]), scripted(random_model(SMALL[name]))
    trace = model.trace(noise(model))
    places, layout = model.places(trace.layout), trace.layout
    for n in range(1, layout.n_patches):
        kept = torch.randperm(layout.n_patches, generator=torch.Generator().manual_seed(n))[:n]
        tokens = torch.cat([trace.tokens[:, : layout.n_prefix], layout.patches(trace.tokens)[:, kept]], dim=1)
        at = None if places is None else places[kept]
        with torch.inference_mode():
            one, other = (each.run_blocks_unrecorded(tokens, at) for each in (model, with_scripts))
            record, same = (each.run_blocks(tokens, at)[-1] for each in (model, with_scripts))
        assert torch.equal(one, other), n
        assert torch.equal(record.pattern, same.pattern), n
        assert torch.equal(record.resid_post, same.resid_post), n


def test_what_enters_the_blocks_edited_enters_their_scripts() -> None:
    """Positions left out, rotary angles turned the other way."""
    for name, edits in (("cls", {"position_embedding": torch.zeros_like}), ("rotary", {"places": torch.neg})):
        model, with_scripts = random_model(SMALL[name]), scripted(random_model(SMALL[name]))
        ran, pixels = run_by_python(with_scripts), noise(model)
        plain, edited = with_scripts.trace(pixels), with_scripts.trace(pixels, edits)
        equal(model.trace(pixels, edits), edited)
        assert not torch.equal(plain.blocks[0].pattern, edited.blocks[0].pattern)
        assert not ran


def test_what_is_edited_within_a_block_and_gradients_are_pythons() -> None:
    model, with_scripts = random_model(SMALL["cls"]), scripted(random_model(SMALL["cls"]))
    pixels, edits = noise(model), {"blocks.1.pattern": torch.zeros_like}
    equal(model.trace(pixels, edits), with_scripts.trace(pixels, edits))
    gradients = []
    for each in (model, with_scripts):
        trace = each.trace(pixels, keep_graph=True)
        gradients.append(torch.autograd.grad(trace.pooled.square().sum(), trace.pixels)[0])
    assert torch.equal(*gradients)


def test_the_bundled_model(bundled: ViT, cat_trace: Trace, cat: Image.Image) -> None:
    """Threads that share a matrix between them share it in the same way."""
    with_scripts, larger = scripted(copy.deepcopy(bundled)), bundled.preprocessing.at(280, 280)(cat)
    equal(cat_trace, with_scripts.trace(cat_trace.pixels))
    equal(bundled.trace(larger), with_scripts.trace(larger))


def test_models_of_one_shape_share_scripts_and_keep_their_weights() -> None:
    first, second = random_model(SMALL["registers"]), random_model(SMALL["registers"])
    for parameter in second.parameters():
        parameter.mul_(0.7)
    pixels = noise(first)
    expected = [model.trace(pixels) for model in (first, second)]
    assert scripted(first).blocks[0].scripts is scripted(second).blocks[-1].scripts
    ran = run_by_python(second)
    for model, trace in zip((first, second), expected, strict=True):
        equal(trace, model.trace(pixels))
    second.blocks[1].mlp.up.weight.mul_(2)  # in place, as an optimiser does
    changed = second.trace(pixels)
    assert not ran
    assert not torch.equal(changed.pooled, expected[1].pooled)
    plain = random_model(SMALL["registers"])
    plain.load_state_dict(second.state_dict())
    equal(plain.trace(pixels), changed)


def test_a_head_of_ones_own_shares_its_backbones_scripts() -> None:
    backbone = scripted(random_model(SMALL["cls"]))
    own = random_model(replace(SMALL["cls"], depth=1, n_classes=3))
    assert scripted(own, backbone).blocks[0].scripts is backbone.blocks[0].scripts
    assert len(scripted_blocks._SCRIPTS) == 1


def test_a_forgotten_model_leaves_nothing_of_its_weights() -> None:
    model = scripted(random_model(SMALL["cls"]))
    for _ in range(2):
        model.trace(noise(model))
    gone = [weakref.ref(parameter) for parameter in model.parameters()]
    del model
    gc.collect()
    assert [ref() for ref in gone] == [None] * len(gone)


def test_only_so_many_shapes_have_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripted_blocks, "MOST", 2)
    models = [scripted(random_model(SMALL[name])) for name in ("cls", "registers", "rotary", "cls")]
    with_scripts = [isinstance(model.blocks[0], ScriptedBlock) for model in models]
    assert with_scripts == [True, True, False, True]
    for model in models:
        model.trace(noise(model))
