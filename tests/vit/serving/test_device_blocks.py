"""Blocks on another device give the plain ones' numbers; what a pass needs there goes there, and comes back."""

from __future__ import annotations

import pytest
import torch

from tests.support.models import SMALL, every_vit, random_model
from vit import Trace, ViT
from vit.checkpoints.taught_head import TaughtHead
from vit.serving.device_blocks import TOLERANCE, DeviceBlock, accelerator, on_device, runs_on

CPU, ELSEWHERE = torch.device("cpu"), torch.device("meta")  # the second computes shapes only, and refuses the CPU's


def noise(model: ViT) -> torch.Tensor:
    return torch.randn(2, model.config.channels, *model.config.image_size)


def largest_difference(one: Trace, other: Trace) -> float:
    pairs = [(one.pooled, other.pooled)]
    for block, same in zip(one.blocks, other.blocks, strict=True):
        pairs += [(getattr(block, part), getattr(same, part)) for part in ("q", "v", "pattern", "z", "resid_post")]
    return max(float((a - b).abs().max()) for a, b in pairs)


@every_vit
def test_a_pass_through_the_twins_is_equal_to_the_last_bit(name: str) -> None:
    plain, moved = random_model(SMALL[name]), on_device(random_model(SMALL[name]), CPU)
    pixels = noise(plain)
    one, other = plain.trace(pixels), moved.trace(pixels)
    assert largest_difference(one, other) == 0
    with torch.inference_mode():
        assert torch.equal(plain(pixels), moved(pixels))
        last = plain.config.depth - 1
        streams = [m.run_blocks_unrecorded(one.residual(last), m.places(one.layout), last) for m in (plain, moved)]
    assert torch.equal(*streams)


@every_vit
def test_edits_and_gradients_are_computed_here(name: str) -> None:
    plain, moved = random_model(SMALL[name]), on_device(random_model(SMALL[name]), ELSEWHERE)
    pixels = noise(plain)
    edits = {f"blocks.{layer}.attn_out": torch.zeros_like for layer in range(plain.config.depth)}
    assert largest_difference(plain.trace(pixels, edits), moved.trace(pixels, edits)) == 0
    both = [model.trace(pixels, keep_graph=True) for model in (plain, moved)]
    gradients = [torch.autograd.grad(trace.pooled.square().sum(), trace.pixels)[0] for trace in both]
    assert torch.equal(*gradients)


@every_vit
def test_everything_a_block_needs_is_on_its_device(name: str) -> None:
    model = on_device(random_model(SMALL[name]), ELSEWHERE)
    pixels = noise(model)
    layout, _, _, tokens = model.embed(pixels)
    places = model.places(layout)
    with torch.inference_mode():
        for block in model.blocks:
            after = block.forward_unrecorded(tokens, places)
            assert (after.device.type, after.shape) == ("meta", tokens.shape)
            with pytest.raises(NotImplementedError, match="meta tensor"):  # all that was missing is the way back
                block(tokens, places)
    assert runs_on(model) == ELSEWHERE
    assert all(weight.device == CPU for weight in model.state_dict().values())


def test_a_device_that_is_full_leaves_the_pass_to_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, moved = random_model(SMALL["rotary"]), on_device(random_model(SMALL["rotary"]), CPU)
    asked = []

    def full(*_: object) -> None:
        asked.append(1)
        raise torch.OutOfMemoryError("CUDA out of memory.")

    for block in moved.blocks:
        assert isinstance(block, DeviceBlock)
        monkeypatch.setattr(block.twin[0], "forward", full)
        monkeypatch.setattr(block.twin[0], "forward_unrecorded", full)
    pixels = noise(plain)
    assert largest_difference(plain.trace(pixels), moved.trace(pixels)) == 0
    with torch.inference_mode():
        assert torch.equal(plain(pixels), moved(pixels))
    assert len(asked) == 2 * plain.config.depth


def test_a_model_for_which_the_device_has_no_room_stays_here(monkeypatch: pytest.MonkeyPatch) -> None:
    model, made = random_model(SMALL["cls"]), []

    def full_after_one(module: torch.nn.Module, device: torch.device) -> torch.nn.Module:
        made.append(module)
        if len(made) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return module

    monkeypatch.setattr(torch.nn.Module, "to", full_after_one)
    assert on_device(model, ELSEWHERE) is model
    assert runs_on(model) == CPU
    assert not any(isinstance(block, DeviceBlock) for block in model.blocks)


def test_a_taught_head_shares_its_backbones_copy() -> None:
    backbone = on_device(random_model(SMALL["cls"]), CPU)
    width = backbone.config.width
    head = TaughtHead("cls", 2, "cls", ("a", "b"), torch.randn(2, width), torch.zeros(2))
    taught = on_device(head.on(backbone), CPU, backbone)
    for block, below in zip(taught.blocks, backbone.blocks, strict=False):
        assert isinstance(block, DeviceBlock)
        assert isinstance(below, DeviceBlock)
        assert block.twin is below.twin
    pixels = noise(backbone)
    with torch.inference_mode():
        assert torch.equal(taught(pixels), head.on(random_model(SMALL["cls"]))(pixels))


@pytest.mark.skipif(accelerator() is None, reason="this machine has no graphics card")
@every_vit
def test_a_graphics_card_differs_in_the_last_digits_only(name: str) -> None:
    device = accelerator()
    assert device is not None
    plain, moved = random_model(SMALL[name]), on_device(random_model(SMALL[name]), device)
    pixels = noise(plain)
    assert largest_difference(plain.trace(pixels), moved.trace(pixels)) <= TOLERANCE
    with torch.inference_mode():
        assert float((plain(pixels) - moved(pixels)).abs().max()) <= TOLERANCE
