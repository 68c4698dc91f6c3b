"""Every named point of a pass can be edited, what follows is computed from the edit, and gradients reach all."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.support.models import every_vit, small_vit
from vit import Trace
from vit.model.edits import POINTS_AFTER, POINTS_BEFORE, POINTS_OF_A_BLOCK

RECORDED = ("q", "k", "v", "pattern", "z", "resid_mid", "resid_post")


def answer(trace: Trace) -> Tensor:
    return trace.pooled if trace.logits is None else trace.logits


@every_vit
def test_an_edit_that_changes_nothing_changes_nothing(name: str) -> None:
    model, trace = small_vit(name).model, small_vit(name).trace
    inside = [f"blocks.{layer}.{point}" for layer in range(trace.depth) for point in POINTS_OF_A_BLOCK]
    met: list[str] = []

    def unchanged(point: str, x: Tensor) -> Tensor:
        met.append(point)
        return x.clone()

    points = [*POINTS_BEFORE, *inside, *POINTS_AFTER]
    same = model.trace(trace.pixels, {p: lambda x, p=p: unchanged(p, x) for p in points})
    placed = model.config.has("rotary", "relative")
    assert met == [point for point in points if placed or point != "places"], "each once, in the order named"
    for block, other in zip(trace.blocks, same.blocks, strict=True):
        for part in RECORDED:
            assert torch.equal(getattr(block, part), getattr(other, part)), part
    assert torch.equal(answer(trace), answer(same))


@every_vit
@pytest.mark.parametrize("point", POINTS_OF_A_BLOCK)
def test_what_follows_an_edit_is_computed_from_it(name: str, point: str) -> None:
    """Each point of the last block, doubled and turned about among the tokens, moves what the block gives."""
    model, trace = small_vit(name).model, small_vit(name).trace
    last = trace.depth - 1
    other = model.trace(trace.pixels, {f"blocks.{last}.{point}": lambda x: 2 * x.roll(1, dims=-2)})
    assert torch.equal(trace.blocks[last].resid_pre, other.blocks[last].resid_pre)
    assert not torch.allclose(trace.blocks[last].resid_post, other.blocks[last].resid_post)
    if point in RECORDED:
        expected = 2 * getattr(trace.blocks[last], point).roll(1, dims=-2)
        assert torch.equal(getattr(other.blocks[last], point), expected)
    final, _, _, _ = model.pool_and_classify(other.blocks[last].resid_post)
    assert torch.equal(other.final, final)


@every_vit
def test_edits_by_hand(name: str) -> None:
    """A uniform pattern gives every token the mean of the values; what is not added leaves the stream as it was."""
    model, trace = small_vit(name).model, small_vit(name).trace
    uniform = model.trace(
        trace.pixels, {"blocks.0.pattern": lambda pattern: torch.full_like(pattern, 1 / pattern.shape[-1])}
    )
    block, original = uniform.blocks[0], trace.blocks[0]
    mean = original.v.mean(dim=2, keepdim=True).expand_as(original.v)  # (b, h, n, k)
    torch.testing.assert_close(block.z, mean)
    module = model.blocks[0]
    added = module.scale1(module.attention.join(mean))
    torch.testing.assert_close(block.resid_mid, original.resid_pre + added, atol=1e-5, rtol=1e-5)
    silent = model.trace(
        trace.pixels, {"blocks.0.mlp_out": torch.zeros_like, "blocks.0.attn_out": torch.zeros_like}
    ).blocks[0]
    assert torch.equal(silent.resid_mid, silent.resid_pre)
    assert torch.equal(silent.resid_post, silent.resid_mid)


def test_an_unknown_point_is_refused_with_the_list() -> None:
    model, trace = small_vit("cls").model, small_vit("cls").trace
    for point in ("logits", "blocks.3.q", "blocks.0.scores", "pattern"):
        with pytest.raises(ValueError, match=rf"cannot edit {point}: .*tokens.*norm1.*resid_post"):
            model.trace(trace.pixels, {point: torch.zeros_like})


@every_vit
def test_gradients_reach_pixels_tokens_and_every_pattern(name: str) -> None:
    """The graph of a trace is that of the same sums without a record, and its numbers are the trace's."""
    model, recorded = small_vit(name).model, small_vit(name).trace
    trace = model.trace(recorded.pixels, keep_graph=True)
    assert torch.equal(answer(trace), answer(recorded))
    pixels, *rest = torch.autograd.grad(
        answer(trace)[0, 0], [trace.pixels, trace.tokens, *(block.pattern for block in trace.blocks)]
    )
    again = recorded.pixels.clone().requires_grad_()
    torch.testing.assert_close(pixels, torch.autograd.grad(model(again)[0, 0], again)[0], atol=1e-4, rtol=1e-3)
    for gradient, of in zip(rest, [trace.tokens, *(block.pattern for block in trace.blocks)], strict=True):
        assert gradient.shape == of.shape
        assert gradient.any()
    assert not recorded.pixels.requires_grad


@every_vit
def test_from_a_block_on(name: str) -> None:
    model, trace = small_vit(name).model, small_vit(name).trace
    last = trace.depth - 1
    (block,) = model.run_blocks(trace.residual(last), model.places(trace.layout), first=last)
    assert torch.equal(block.resid_post, trace.blocks[last].resid_post)
    model_steps = model.mlp_of(last, block)
    assert torch.equal(block.resid_mid + model.blocks[last].scale2(model_steps.down), block.resid_post)
