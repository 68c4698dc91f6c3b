"""Gradients block by block are autograd's over the whole model, ours and transformers'."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.support.families import CASES
from tests.support.models import every_vit, noise, small_vit
from vit import ViT, load_pretrained
from vit.analysis.evidence import backward
from vit.analysis.evidence.backward import pixel_gradient, through_blocks, through_pooling
from vit.analysis.evidence.target import Target
from vit.reference.libraries import load_reference
from vit.reference.twin import Twin


def some_direction(model: ViT) -> Target:
    torch.manual_seed(2)
    return Target(torch.randn(model.config.pooled_width), 0.0, lambda pooled: np.zeros(0), "")


def close(ours: Tensor, theirs: Tensor, tolerance: float = 1e-4) -> bool:
    return bool((ours - theirs).abs().max() <= tolerance * theirs.abs().max())


@every_vit
def test_block_by_block_is_the_whole_graph(name: str) -> None:
    model, trace = small_vit(name).model, small_vit(name).trace
    target = some_direction(model)
    whole = model.trace(noise(model.config), keep_graph=True)
    patterns = [block.pattern for block in whole.blocks]
    streams = [whole.residual(level) for level in range(whole.depth + 1)]
    score = target.score(whole.pooled)[0]
    expected = torch.autograd.grad(score, [whole.pixels, *patterns, *streams])
    pooled = through_pooling(model, trace, target)
    assert close(pooled.d_resid, expected[-1][0], 1e-5)
    for block in through_blocks(model, trace, pooled.d_resid):
        assert close(block.d_pattern, expected[1 + block.layer][0], 1e-5), block.layer
        assert close(block.d_resid_pre, expected[1 + len(patterns) + block.layer][0], 1e-5), block.layer
    assert close(pixel_gradient(model, noise(model.config), target), expected[0])


@every_vit
def test_gradients_of_a_batch_are_those_of_its_pictures(name: str) -> None:
    model = small_vit(name).model
    pixels, target = noise(model.config, 2), some_direction(model)
    both = pixel_gradient(model, pixels, target)
    for number in range(2):
        assert close(both[number], pixel_gradient(model, pixels[number : number + 1], target)[0])


@every_vit
def test_blocks_made_anew_on_the_way_back_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = small_vit(name).model
    target, pixels = some_direction(model), noise(model.config)
    kept = pixel_gradient(model, pixels, target)
    monkeypatch.setattr(backward, "KEPT", 0)
    assert close(pixel_gradient(model, pixels, target), kept, 1e-6)


@pytest.mark.parametrize("name", CASES)
def test_gradients_equal_those_of_transformers(name: str, tmp_path: Path) -> None:
    folder = CASES[name].save(tmp_path)
    model, twin = load_pretrained(folder), load_reference(folder)
    pixels = noise(model.config)
    d_pixels, d_patterns, target = reference_gradients(model, twin, pixels)
    trace = model.trace(pixels)
    assert close(pixel_gradient(model, pixels, target), d_pixels)
    for block in through_blocks(model, trace, through_pooling(model, trace, target).d_resid):
        assert close(block.d_pattern, d_patterns[block.layer][0]), block.layer


def reference_gradients(model: ViT, twin: Twin, pixels: Tensor) -> tuple[Tensor, list[Tensor], Target]:
    """autograd over transformers' model: of pixels and of patterns, and the number whose gradients they are."""
    pixels = pixels.clone().requires_grad_()
    layout = model.layout(pixels)
    out = twin.module(pixels, output_hidden_states=True, output_attentions=True, **twin.how.arguments(layout))
    torch.manual_seed(2)
    if model.head is not None:
        weights = torch.randn(model.config.n_classes)
        target = Target(weights @ model.head.weight, 0.0, lambda pooled: np.zeros(0), "")
        score = out.logits[0] @ weights
    else:
        target = some_direction(model)
        mean = model.config.pooling == "mean"
        pooled = out.last_hidden_state.mean(dim=1) if mean else twin.how.pooled(out)
        score = pooled[0] @ target.direction
    d_pixels, *d_patterns = torch.autograd.grad(score, [pixels, *out.attentions])
    return d_pixels, d_patterns, target
