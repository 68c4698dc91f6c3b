"""Softmax step by step: a case worked by hand, torch's softmax, and numbers too large for e^z."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vit.analysis.output import probabilities
from vit.analysis.softmax import softmax


def test_a_case_worked_by_hand() -> None:
    """z = ln 1, ln 2, ln 5: the shares are 1, 2 and 5 of 8; at T = 1/2 they are 1, 4 and 25 of 30."""
    logits = np.log([1.0, 2.0, 5.0])
    steps = softmax(logits)
    np.testing.assert_allclose(steps.powers, [1 / 5, 2 / 5, 1])
    assert steps.total == pytest.approx(8 / 5)
    np.testing.assert_allclose(steps.shares, [1 / 8, 2 / 8, 5 / 8])
    np.testing.assert_allclose(softmax(logits, 0.5).shares, [1 / 30, 4 / 30, 25 / 30])


@pytest.mark.parametrize("temperature", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("size", [1.0, 100.0, 10_000.0])
def test_it_is_the_softmax_that_the_other_figures_show(temperature: float, size: float) -> None:
    logits = (size * np.random.default_rng(0).standard_normal(50)).astype(np.float32)
    shares = softmax(logits, temperature).shares
    expected = torch.softmax(torch.from_numpy(logits).double() / temperature, dim=0).numpy()
    np.testing.assert_allclose(shares, expected, atol=1e-6)
    np.testing.assert_allclose(shares, probabilities(logits, temperature), atol=1e-4)
