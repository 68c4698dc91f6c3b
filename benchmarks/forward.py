"""The answer alone, nothing recorded, against timm and transformers with fused attention.

``python -m benchmarks.forward``: the same sizes, fresh weights, the same pixels, no head. Nearly all of it is the
same library's products of the same matrices, so the differences are small; how small a difference means anything
is said by ``ours again``: the same code in one more process.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from benchmarks import report, twins
from benchmarks.measure import Work

GOAL = 1.02


def answering(model: nn.Module, size: twins.Size, batch: int) -> Work:
    pixels = torch.randn(batch, 3, size.side, size.side)

    @torch.inference_mode()
    def work() -> None:
        model(pixels)

    return work


def ours(size: twins.Size, batch: int) -> Work:
    return answering(twins.ours(size), size, batch)


def timm(size: twins.Size, batch: int) -> Work:
    return answering(twins.timm(size, fused=True), size, batch)


def transformers(size: twins.Size, batch: int) -> Work:
    return answering(twins.transformers(size, "sdpa"), size, batch)


RIVALS = {"ours": ours, report.AGAIN: ours, "timm": timm, "transformers": transformers}


def measure(quick: bool) -> list[dict[str, Any]]:
    return twins.race(RIVALS, quick, budget=10.0)


def lines(cases: list[dict[str, Any]]) -> list[str]:
    return report.comparison("Forward only", cases, GOAL)


if __name__ == "__main__":
    report.alone("forward", measure, lines)
