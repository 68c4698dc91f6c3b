"""The head read patch by patch: averaged as the head reads the patches, it is the head's answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.support.models import SMALL, random_model
from vit import Trace, ViT
from vit.analysis.output import logit_lens
from vit.analysis.patch_lens import patch_lens


def traced(**changes: object) -> tuple[ViT, Trace]:
    model = random_model(replace(SMALL["cls"], **changes))
    torch.manual_seed(1)
    return model, model.trace(torch.randn(1, 3, 32, 48))


@pytest.mark.parametrize("pooling", ["mean", "cls+mean"])
def test_the_mean_over_the_patches_is_what_the_head_says(pooling: str) -> None:
    model, trace = traced(pooling=pooling)
    lens = logit_lens(model, trace)
    for level in range(trace.depth + 1):
        found = patch_lens(model, trace, level)
        assert found.logits.shape == (24, 5)
        np.testing.assert_allclose(found.logits.mean(axis=0), lens[level], atol=1e-4)
    np.testing.assert_allclose(found.logits.mean(axis=0), trace.logits[0].numpy(), atol=1e-4)


def test_the_two_halves_of_a_head_are_told_apart() -> None:
    model, trace = traced(pooling="cls+mean")
    with torch.no_grad():
        model.head.weight[:, :32] = 0  # nothing is read from CLS
    found = patch_lens(model, trace, trace.depth)
    assert not found.tokens.any()
    np.testing.assert_array_equal(found.bias, model.head.bias.numpy())
    model, trace = traced(pooling="cls+mean")
    with torch.no_grad():
        model.head.weight[:, 32:] = 0  # nothing is read from the patches
    found = patch_lens(model, trace, trace.depth)
    assert not found.own.any()
    assert found.tokens.any()
    np.testing.assert_allclose(found.logits[0], found.tokens + found.alone[0])


def test_a_patch_in_the_place_of_cls() -> None:
    model, trace = traced(pooling="cls")
    found = patch_lens(model, trace, 2)
    token = 1 + 7
    resid = trace.residual(2).clone()
    resid[:, 0] = resid[:, token]
    expected = model.head(model.norm(resid)[0, 0])
    np.testing.assert_allclose(found.logits[7], expected.detach().numpy(), atol=1e-5)


def test_a_map_head_that_has_one_patch_to_look_at() -> None:
    model, trace = traced(pooling="map")
    found = patch_lens(model, trace, trace.depth)
    pooled, pattern = model.map_head(trace.layout.patches(trace.final)[:, 3:4])
    assert torch.allclose(pattern, torch.ones_like(pattern))
    np.testing.assert_allclose(found.logits[3], model.head(pooled)[0].detach().numpy(), atol=1e-4)


def test_a_model_without_a_head_is_refused() -> None:
    model, trace = traced(n_classes=0, labels=())
    with pytest.raises(ValueError, match="no classification head"):
        patch_lens(model, trace, 0)
