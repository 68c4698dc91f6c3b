"""Attention analysis: by hand on two tokens, and as invariants on a small ViT that is not square."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.support.models import every_vit, small_vit
from vit import ViT, ViTConfig
from vit.analysis import attention
from vit.model.layout import TokenLayout
from vit.model.trace import Attended, BlockTrace, Trace

CONFIG = ViTConfig(
    image_size=(24, 32), patch_size=8, width=24, depth=3, heads=2, mlp_width=32, layer_scale=1.0, prefix=("cls", "reg0")
)


@pytest.fixture(scope="module")
def model() -> ViT:
    torch.manual_seed(0)
    model = ViT(CONFIG).eval().requires_grad_(False)
    for block in model.blocks:  # large enough that attention is far from uniform, and γ is not 1
        block.attention.qkv.weight.mul_(25)
        block.attention.out.bias.normal_()
        block.scale1.gamma.uniform_(0.2, 2)
    return model


@pytest.fixture(scope="module")
def trace(model: ViT) -> Trace:
    return model.trace(torch.randn(1, 3, 24, 32))


def two_tokens(*layers: list[list[list[float]]], grid: tuple[int, int] = (1, 2), prefix: tuple[str, ...] = ()) -> Trace:
    """A trace of which only patterns count: one (h, n, n) list a layer."""
    none = torch.zeros(1)
    blocks = tuple(BlockTrace(none, Attended(none, none, none, torch.tensor([layer])), none, none) for layer in layers)
    layout = TokenLayout(prefix, grid)
    return Trace(none, none, none, none, blocks, none, none, None, None, layout, len(layers[0]), patch_size=10)


def test_rollout_by_hand() -> None:
    # Â₀ = ½[[.2 .8] [.6 .4]] + ½I = [[.6 .4] [.3 .7]]; Â₁ = ½[[1 0] [1 0]] + ½I = [[1 0] [.5 .5]]
    trace = two_tokens([[[0.2, 0.8], [0.6, 0.4]]], [[[1.0, 0.0], [1.0, 0.0]]])
    rolled = attention.rollout(trace)
    np.testing.assert_allclose(rolled[0], [[0.6, 0.4], [0.3, 0.7]], atol=1e-6)
    np.testing.assert_allclose(rolled[1], [[0.6, 0.4], [0.45, 0.55]], atol=1e-6)  # Â₁ Â₀, not Â₀ Â₁


def test_rollout_rows_sum_to_one(trace: Trace) -> None:
    rolled = attention.rollout(trace)
    assert rolled.shape == (3, 14, 14)
    np.testing.assert_allclose(rolled.sum(axis=-1), 1, atol=1e-5)


def test_entropy_by_hand() -> None:
    trace = two_tokens([[[0.5, 0.5], [1.0, 0.0]], [[0.25, 0.75], [0.25, 0.75]]])
    quarter = -(0.25 * np.log2(0.25) + 0.75 * np.log2(0.75))
    np.testing.assert_allclose(attention.entropy(trace), [[0.5, quarter]], atol=1e-6)
    assert attention.most_entropy(trace.layout) == 1


def test_distance_by_hand() -> None:
    # CLS and two patches ten pixels apart. Row by row, without CLS: 3/4 of a step of 10, and 1/3 of one.
    pattern = [[0.1, 0.2, 0.7], [0.6, 0.1, 0.3], [0.4, 0.2, 0.4]]
    trace = two_tokens([pattern], prefix=("cls",))
    np.testing.assert_allclose(attention.mean_distance(trace), [[(7.5 + 10 / 3) / 2]], rtol=1e-6)


def test_patch_distances_on_a_grid_that_is_not_square() -> None:
    distances = attention.patch_distances(TokenLayout(("cls",), (2, 4)), 5)
    assert distances.shape == (8, 8)
    assert distances[0, 3] == 15  # along the first row
    assert distances[0, 4] == 5  # one row down
    assert distances[0, 5] == pytest.approx(5 * np.sqrt(2))


def test_uniform_attention_is_as_far_as_the_mean_of_all_distances() -> None:
    trace = two_tokens([np.full((7, 7), 1 / 7).tolist()], grid=(2, 3), prefix=("cls",))
    expected = attention.patch_distances(trace.layout, 10).mean()
    np.testing.assert_allclose(attention.mean_distance(trace), [[expected]], rtol=1e-6)


def value_vectors(block: BlockTrace, model: ViT, layer: int) -> torch.Tensor:
    """γ ∘ (v W_O) of every key, head by head: (h, n, d)."""
    heads, out = CONFIG.heads, model.blocks[layer].attention.out.weight
    vectors = [v @ part.T for v, part in zip(block.v[0], out.chunk(heads, dim=1), strict=True)]
    return torch.stack(vectors) * model.blocks[layer].scale1.gamma


def test_value_vectors_weighted_by_the_pattern_are_what_attention_adds(model: ViT, trace: Trace) -> None:
    norms = attention.value_norms(trace, model)
    assert norms.shape == (3, 2, 14)
    for layer, block in enumerate(trace.blocks):
        vectors = value_vectors(block, model, layer)
        summed = torch.einsum("h q n, h n d -> q d", block.pattern[0], vectors)
        bias = model.blocks[layer].scale1(model.blocks[layer].attention.out.bias)
        torch.testing.assert_close(summed + bias, block.attn_out[0], atol=1e-5, rtol=1e-4)
        np.testing.assert_allclose(norms[layer], vectors.norm(dim=-1), rtol=1e-5)


def test_contribution_is_the_length_of_the_weighted_vector(model: ViT, trace: Trace) -> None:
    norms = attention.value_norms(trace, model)
    pattern = trace.blocks[1].pattern[0]
    expected = (pattern[1, 3, :, None] * value_vectors(trace.blocks[1], model, 1)[1]).norm(dim=-1)
    np.testing.assert_allclose(attention.contribution(pattern.numpy(), norms[1])[1, 3], expected, rtol=1e-5)


def test_layer_scale_counts(model: ViT, trace: Trace) -> None:
    before = attention.value_norms(trace, model)
    gamma = model.blocks[0].scale1.gamma
    gamma.mul_(2)
    np.testing.assert_allclose(attention.value_norms(trace, model)[0], 2 * before[0], rtol=1e-5)
    gamma.div_(2)


@every_vit
def test_walk_ends_at_z(name: str) -> None:
    block = small_vit(name).trace.blocks[-1]
    steps = attention.walk(block, head=0, query=1)
    np.testing.assert_allclose(steps.scores, block.scores[0, 0, 1], atol=1e-5)
    np.testing.assert_allclose(torch.from_numpy(steps.scores).softmax(-1), steps.p, atol=1e-6)
    np.testing.assert_allclose(steps.z, block.z[0, 0, 1], atol=1e-5)


def test_entropy_of_a_certain_head_is_zero_not_nan(trace: Trace) -> None:
    block = trace.blocks[0]
    certain = replace(block, attention=replace(block.attended, pattern=torch.eye(14).expand(1, 2, 14, 14)))
    one = replace(trace, blocks=(certain,))
    np.testing.assert_array_equal(attention.entropy(one), 0)
    np.testing.assert_array_equal(attention.mean_distance(one), 0)
