"""Every token's way through the blocks: the pass's own numbers, and what its tokens say adds up to the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.support.models import SMALL, random_model
from vit import Trace, ViT
from vit.analysis.output import logit_lens
from vit.analysis.token_paths import token_paths, toward_class, toward_output


def traced(name: str = "cls", **changes: object) -> tuple[ViT, Trace]:
    model = random_model(replace(SMALL[name], **changes))
    torch.manual_seed(1)
    return model, model.trace(torch.randn(1, 3, 32, 48))


@pytest.mark.parametrize("name", SMALL)
def test_sources_are_the_largest_of_the_mean_pattern(name: str) -> None:
    model = random_model(SMALL[name])
    trace = model.trace(torch.randn(1, model.config.channels, *model.config.image_size))
    paths = token_paths(trace, count=3)
    for layer, block in enumerate(trace.blocks):
        mean = block.pattern[0].mean(0).numpy()
        np.testing.assert_allclose(paths.shares[layer], -np.sort(-mean, axis=-1)[:, :3], rtol=1e-6)
        np.testing.assert_allclose(np.take_along_axis(mean, paths.sources[layer], -1), paths.shares[layer], rtol=1e-6)
        after = trace.residual(layer + 1)[0].norm(dim=-1).numpy()
        np.testing.assert_allclose(paths.length[layer + 1], after, rtol=1e-6)
    assert paths.attention.shape == paths.mlp.shape == (trace.depth, trace.layout.n_tokens)


@pytest.mark.parametrize(
    ("pooling", "last_norm"), [("cls", "tokens"), ("mean", "tokens"), ("cls+mean", "tokens"), ("cls", "pooled")]
)
def test_what_the_read_tokens_point_to_is_the_answer(pooling: str, last_norm: str) -> None:
    """Mean of the patches and CLS, each read by its part of the head: with the biases, the logit above the mean."""
    model, trace = traced(pooling=pooling, last_norm=last_norm)
    lens, bias = logit_lens(model, trace), model.head.bias.detach().numpy()
    for index in (0, 3):
        found = toward_class(model, trace, index)
        read = sum(found[:, 1:].mean(-1) if part == "mean" else found[:, 0] for part in pooling.split("+"))
        expected = lens[:, index] - lens.mean(-1) - (bias[index] - bias.mean())
        np.testing.assert_allclose(read, expected, atol=1e-4)


def test_a_token_that_nobody_reads_points_nowhere() -> None:
    model, trace = traced("registers", pooling="mean", n_classes=3, labels=("a", "b", "c"))
    found = toward_class(model, trace, 1)
    assert np.isnan(found[:, : trace.layout.n_prefix]).all()
    assert np.isfinite(found[:, trace.layout.n_prefix :]).all()


def test_without_a_head_tokens_are_compared_with_the_output() -> None:
    model, trace = traced(n_classes=0, labels=(), pooling="cls")
    found = toward_output(model, trace)
    assert found is not None
    assert found[-1, 0] == pytest.approx(1, abs=1e-5), "CLS is the output"
    assert found.shape == (trace.depth + 1, trace.layout.n_tokens)
    assert toward_output(*traced("map")) is None
