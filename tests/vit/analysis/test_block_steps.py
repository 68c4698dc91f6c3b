"""One token through one block: the pass's own numbers, a sum that adds up, growth over blocks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.support.models import every_vit, small_vit
from vit.analysis.block_steps import added, block_steps, layer_scale
from vit.serving.lean_trace import lean


@every_vit
def test_every_vector_is_the_pass_s_own(name: str) -> None:
    """Edits of a second pass see every named point of a block: to the last bit what the steps say."""
    small = small_vit(name)
    seen: dict[str, torch.Tensor] = {}
    layer = small.model.config.depth - 1

    def see(point: str):
        return lambda x: seen.setdefault(point, x)

    points = ("norm1", "q", "k", "v", "z", "attn_out", "norm2", "mlp_hidden", "mlp_out", "resid_post")
    small.model.trace(small.trace.pixels, {f"blocks.{layer}.{point}": see(point) for point in points})
    for token in (0, small.trace.layout.n_tokens - 1):
        steps = block_steps(small.model, small.trace, layer, token)
        for point in ("norm1", "attn_out", "norm2", "mlp_out", "resid_post"):
            np.testing.assert_array_equal(getattr(steps, point), seen[point][0, token].numpy(), err_msg=point)
        np.testing.assert_array_equal(steps.activated, seen["mlp_hidden"][0, token].numpy())
        for point in ("q", "k", "v", "z"):
            np.testing.assert_array_equal(getattr(steps, point), seen[point][0, :, token].numpy(), err_msg=point)
        np.testing.assert_array_equal(steps.pattern, small.trace.blocks[layer].pattern[0, :, token].numpy())


@every_vit
def test_the_parts_add_up(name: str) -> None:
    small = small_vit(name)
    for layer in range(small.model.config.depth):
        steps = block_steps(small.model, small.trace, layer, 1)
        assert steps.sum_error <= 1e-6 * max(1.0, float(np.abs(steps.resid_post).max()))
        np.testing.assert_allclose(steps.resid_mid, steps.resid_pre + steps.attn_out, atol=1e-5)


def test_a_lean_trace_has_the_same_steps() -> None:
    small = small_vit("cls")
    thin = lean(small.trace, lambda layer, resid: small.model.attention_of(layer, resid, small.trace.layout))
    one, other = (block_steps(small.model, trace, 1, 3) for trace in (small.trace, thin))
    for name, array in vars(one).items():
        np.testing.assert_array_equal(array, getattr(other, name), err_msg=name)


def test_growth_by_hand() -> None:
    small = small_vit("registers")
    over, depth = added(small.trace, 2), small.model.config.depth
    assert over.length.shape == (depth + 1,)
    for i, block in enumerate(small.trace.blocks):
        x, middle, after = (t[0, 2].double() for t in (block.resid_pre, block.resid_mid, block.resid_post))
        assert over.length[i] == pytest.approx(float(x.norm()), rel=1e-5)
        assert over.attention[i] == pytest.approx(float((middle - x).norm()), rel=1e-4)
        cosine = float((middle - x) @ x / ((middle - x).norm() * x.norm()))
        assert over.attention_cosine[i] == pytest.approx(cosine, abs=1e-4)
        assert over.mlp[i] == pytest.approx(float((after - middle).norm()), rel=1e-4)
        cosine = float((after - middle) @ middle / ((after - middle).norm() * middle.norm()))
        assert over.mlp_cosine[i] == pytest.approx(cosine, abs=1e-4)


def test_layer_scale_where_there_is_one() -> None:
    assert layer_scale(small_vit("cls").model, 0) == (1.0, 1.0)
    model = small_vit("registers").model
    assert layer_scale(model, 1)[0] == pytest.approx(float(model.blocks[1].scale1.gamma.abs().mean()))
