"""The blocks that write over their input give the plain ones' numbers, and leave alone what a gradient needs."""

from __future__ import annotations

import torch

from tests.support.models import SMALL, every_vit, random_model
from vit.model.activations import gelu, gelu_tanh
from vit.model.layers import attend
from vit.serving.fast_blocks import attend_in_place, gelu_in_place, gelu_tanh_in_place, in_place


@every_vit
def test_a_trace_is_equal_to_the_last_bit(name: str) -> None:
    plain, fast = random_model(SMALL[name]), in_place(random_model(SMALL[name]))
    pixels = torch.randn(2, plain.config.channels, *plain.config.image_size)
    one, other = plain.trace(pixels), fast.trace(pixels)
    for layer, (block, same) in enumerate(zip(one.blocks, other.blocks, strict=True)):
        for part in ("q", "k", "v", "pattern", "z", "resid_mid", "resid_post"):
            assert torch.equal(getattr(block, part), getattr(same, part)), part
        steps, fast_steps = (model.mlp_of(layer, block) for model in (plain, fast))
        for part in ("normed", "up", "activated", "down"):
            assert torch.equal(getattr(steps, part), getattr(fast_steps, part)), part
    assert torch.equal(one.pooled, other.pooled)
    assert torch.equal(plain(pixels), fast(pixels))


def test_what_a_gradient_needs_is_not_written_over() -> None:
    for plain, fast in ((gelu, gelu_in_place), (gelu_tanh, gelu_tanh_in_place)):
        hidden = torch.randn(2, 5)
        expected, kept = plain(hidden), hidden.clone().requires_grad_()
        assert torch.equal(fast(kept), expected)
        assert torch.equal(kept, hidden)
        assert torch.equal(fast(hidden), expected)
        assert torch.equal(hidden, expected), "in place"
    q, k, v = torch.randn(3, 4, 2, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda q: attend_in_place(q, k, v), q.requires_grad_())
    assert torch.equal(attend(q, k, v)[1], attend_in_place(q.detach(), k, v)[1])


@every_vit
def test_edits_and_gradients_are_those_of_the_plain_blocks(name: str) -> None:
    """What an edit puts in a branch's place is its own: it must not be written over."""
    plain, fast = random_model(SMALL[name]), in_place(random_model(SMALL[name]))
    pixels = torch.randn(1, plain.config.channels, *plain.config.image_size)
    record = plain.trace(pixels).blocks[0]
    put = {"attn_out": record.attn_out * 2, "mlp_out": record.mlp_out * 3}
    kept = {point: tensor.clone() for point, tensor in put.items()}
    edits = {f"blocks.0.{point}": lambda _, tensor=tensor: tensor for point, tensor in put.items()}
    one, other = (model.trace(pixels, edits) for model in (plain, fast))
    assert torch.equal(one.blocks[-1].resid_post, other.blocks[-1].resid_post)
    assert all(torch.equal(put[point], kept[point]) for point in put)
    gradients = []
    for model in (plain, fast):
        trace = model.trace(pixels, keep_graph=True)
        gradients += torch.autograd.grad(trace.pooled.square().sum(), [trace.pixels, trace.blocks[0].pattern])
    for gradient, same in zip(gradients[:2], gradients[2:], strict=True):
        assert torch.equal(gradient, same)


def test_what_enters_a_block_is_left_as_it_was() -> None:
    model = in_place(random_model(SMALL["registers"]))
    resid = torch.randn(1, 9, model.config.width)
    kept = resid.clone()
    with torch.inference_mode():
        assert model.blocks[0](resid).resid_pre is resid
        model.blocks[0].forward_unrecorded(resid)
    assert torch.equal(resid, kept)
