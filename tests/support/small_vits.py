"""Small random ViTs of every kind with the trace of one picture of noise, made once for all tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pytest
import torch

from tests.conftest import SMALL, random_model
from vit.model.trace import Trace
from vit.model.vit import ViT


@dataclass(frozen=True)
class Small:
    model: ViT
    trace: Trace


@cache
def small_vit(name: str) -> Small:
    config = SMALL[name]
    with torch.random.fork_rng():
        model = random_model(config)
        return Small(model, model.trace(torch.randn(1, config.channels, *config.image_size)))


every_vit = pytest.mark.parametrize("name", SMALL)
