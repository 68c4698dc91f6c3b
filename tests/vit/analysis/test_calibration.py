"""Temperature and calibration error, against what they must be."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vit.analysis.calibration import calibration_error, temperature, with_temperature


def honest(n: int = 4000) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits, and classes drawn with exactly their probabilities."""
    chance = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(n, 5, generator=chance)
    return logits, torch.multinomial(logits.softmax(-1), 1, generator=chance)[:, 0]


@pytest.mark.parametrize("boast", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_boasting(boast: float) -> None:
    logits, labels = honest()
    assert temperature(boast * logits, labels) == pytest.approx(boast, rel=0.05)


def test_logits_that_say_nothing_have_temperature_one() -> None:
    assert temperature(torch.zeros(6, 3), torch.tensor([0, 1, 2, 0, 1, 2])) == 1.0


def test_the_error_by_hand() -> None:
    sure = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.55])
    right = np.array([True, True, True, False, True, False])
    # four answers of 95 % are right three times, two of 55 % once: (4 · 0.20 + 2 · 0.05) / 6
    assert calibration_error(sure, right, bins=10) == pytest.approx(0.9 / 6)
    assert calibration_error(np.ones(3), np.ones(3, dtype=bool)) == 0


def test_honest_probabilities_have_a_small_error_and_boasts_a_large_one() -> None:
    logits, labels = honest()

    def error(logits: torch.Tensor) -> float:
        probability, said = logits.softmax(-1).max(-1)
        return calibration_error(probability.numpy(), (said == labels).numpy())

    assert error(logits) < 0.02 < 0.1 < error(3 * logits)


def test_a_head_with_the_temperature_in_it_divides_its_logits() -> None:
    head, x = torch.nn.Linear(4, 3), torch.randn(2, 4)
    before = head(x)
    with_temperature(head, 2.5)
    assert torch.allclose(head(x), before / 2.5, atol=1e-6)
