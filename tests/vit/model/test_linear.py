"""A product with a matrix is the same number by both of torch's libraries, but for rounding."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from vit.model.linear import LARGE, Linear, convolved, multiplies_by_convolution

SHAPES = [(1, 197, 192), (3, 50, 192), (1, 1, 192), (192,), (2, 3, 5, 192)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_a_product_is_the_same_as_a_convolution(shape: tuple[int, ...], bias: bool) -> None:
    torch.manual_seed(0)
    x, weight = torch.randn(shape), torch.randn(576, 192) / 192**0.5
    added = torch.randn(576) if bias else None
    exact = x.double() @ weight.double().T + (0 if added is None else added.double())
    found = convolved(x, weight, added)
    assert found.shape == (*shape[:-1], 576)
    torch.testing.assert_close(found.double(), exact, atol=5e-6, rtol=0)


def test_rows_that_lie_apart_in_memory_are_read_in_their_order() -> None:
    torch.manual_seed(0)
    x, weight = torch.randn(2, 192, 7).mT, torch.randn(192, 192) / 192**0.5
    torch.testing.assert_close(convolved(x, weight, None), F.linear(x, weight), atol=5e-6, rtol=0)


def test_what_learns_multiplies_as_torch_does_and_gives_the_same() -> None:
    torch.manual_seed(0)
    linear, x = Linear(192, 192), torch.randn(4, 192)
    assert linear.weight.numel() >= LARGE
    learning = linear(x)
    assert torch.equal(learning, F.linear(x, linear.weight, linear.bias))
    with torch.inference_mode():
        torch.testing.assert_close(linear(x), learning, atol=5e-6, rtol=0)


@pytest.mark.skipif(not multiplies_by_convolution(), reason="this machine's products are as fast as they are")
def test_where_it_is_faster_it_is_done() -> None:
    torch.manual_seed(0)
    linear, x = Linear(192, 192), torch.randn(4, 192)
    with torch.inference_mode():
        assert torch.equal(linear(x), convolved(x, linear.weight, linear.bias))
