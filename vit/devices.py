"""The devices torch can compute on here, best first."""

from __future__ import annotations

import torch


def available() -> tuple[str, ...]:
    """Names as ``torch.device`` takes them; the CPU is always there and comes last."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return tuple(name for name, is_there in there.items() if is_there)
