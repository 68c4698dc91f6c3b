"""The product with a matrix, by the faster of the two libraries that torch brings for it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from platform import processor

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LARGE = 2**15  # numbers in a matrix from which it gains; smaller ones are products of a few microseconds


@cache
def multiplies_by_convolution() -> bool:
    """Whether this machine's products are faster as convolutions.

    torch multiplies with MKL, which leaves half of an AMD processor's width unused where that has AVX-512; oneDNN, with
    which torch convolves, uses it.
    """
    wide = torch.backends.cpu.get_cpu_capability() == "AVX512" and torch.backends.mkldnn.is_available()
    return wide and torch.backends.mkl.is_available() and "AuthenticAMD" in _maker()


def _maker() -> str:
    """A text in which the processor's maker is named."""
    told = Path("/proc/cpuinfo")  # Linux, where Python's own answer is often empty
    return told.read_text(errors="replace") if told.is_file() else processor()


def convolved(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """``x @ weight.T + bias``, (…, i) → (…, o), as what it also is: a convolution.

    Its kernel is one pixel, its picture one column, and the channels are the dimensions. Without einops, whose search
    for a pattern would be called eight times a block and take part of what a small model gains.
    """
    column = x.reshape(1, -1, 1, x.shape[-1]).permute(0, 3, 1, 2)  # (1, i, rows, 1), in memory as before
    product = F.conv2d(column, weight[..., None, None], bias)  # (1, o, rows, 1)
    return product.permute(0, 2, 3, 1).reshape(*x.shape[:-1], len(weight))  # (…, o)


class Linear(nn.Linear):
    """torch's ``Linear``, where nothing is learned by the faster way of this machine: equal but for rounding."""

    def forward(self, x: Tensor) -> Tensor:
        """(…, i) → (…, o)."""
        large = x.is_cpu and x.dtype == torch.float32 and self.weight.numel() >= LARGE
        if large and not torch.is_grad_enabled() and multiplies_by_convolution():
            return convolved(x, self.weight, self.bias)
        return super().forward(x)
