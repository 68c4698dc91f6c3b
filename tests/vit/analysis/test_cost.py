"""Parameters and multiply–adds by part: every parameter counted once, every product as torch counts it."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tests.support.models import every_vit, noise, small_vit
from vit.analysis.cost import multiply_adds, parts


@every_vit
def test_every_parameter_belongs_to_one_part(name: str) -> None:
    model = small_vit(name).model
    found = parts(model, 6)
    assert sum(part.parameters for part in found) == sum(p.numel() for p in model.parameters())
    assert len({part.name for part in found}) == len(found)


@every_vit
def test_multiply_adds_are_those_of_a_counted_pass(name: str) -> None:
    """torch counts two operations for each multiply–add."""
    small = small_vit(name)
    with FlopCounterMode(display=False) as counter:
        small.model.trace(noise(small.model.config))
    counted = sum(multiply_adds(small.model.config, small.trace.layout.n_patches).values())
    assert counter.get_total_flops() == 2 * counted


def test_pairs_grow_with_the_square_and_the_rest_with_the_number() -> None:
    config = small_vit("mean, sincos2d").model.config  # no prefix tokens: tokens are patches
    one, twice = multiply_adds(config, 100), multiply_adds(config, 200)
    assert twice["scores and pattern · v"] == 4 * one["scores and pattern · v"]
    for name in ("patch embedding", "Q, K, V", "W_O", "MLP"):
        assert twice[name] == 2 * one[name]
    assert twice["classes"] == one["classes"]


def test_a_parameter_that_nobody_placed_is_refused() -> None:
    model = small_vit("cls").model
    model.register_parameter("stray", torch.nn.Parameter(torch.zeros(1)))
    try:
        with pytest.raises(ValueError, match="stray"):
            parts(model, 4)
    finally:
        del model.stray
