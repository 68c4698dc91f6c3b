"""LayerNorm worked through: a case by hand, torch's own, and what it does not see."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.support.models import every_vit, small_vit
from vit.analysis.layer_norm import norm_steps


def test_a_case_by_hand() -> None:
    """x = (1, 3): mean 2, variance 1, so (−1, 1); γ = (2, 3) and β = (10, 20) give (8, 23)."""
    norm = nn.LayerNorm(2, eps=0.0)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([2.0, 3.0]))
        norm.bias.copy_(torch.tensor([10.0, 20.0]))
    steps = norm_steps(norm, np.array([1.0, 3.0], dtype=np.float32))
    assert (steps.mean, steps.variance) == (2.0, 1.0)
    np.testing.assert_allclose(steps.standard, [-1, 1])
    np.testing.assert_allclose(steps.out, [8, 23])


@every_vit
def test_it_is_what_the_pass_computes(name: str) -> None:
    small = small_vit(name)
    block, x = small.model.blocks[0], small.trace.blocks[0].resid_pre[0, 0]
    if isinstance(block.norm1, nn.LayerNorm):
        np.testing.assert_allclose(norm_steps(block.norm1, x.numpy()).out, block.norm1(x).numpy(), atol=1e-5)


@pytest.mark.parametrize("factor", [0.1, 10.0])
def test_the_scale_of_the_vector_does_not_matter(factor: float) -> None:
    small = small_vit("cls")
    norm, x = small.model.blocks[1].norm1, small.trace.blocks[1].resid_pre[0, 2].numpy()
    np.testing.assert_allclose(norm_steps(norm, x * np.float32(factor)).out, norm_steps(norm, x).out, atol=1e-3)
