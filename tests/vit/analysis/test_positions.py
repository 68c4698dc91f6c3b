"""Positions: similarity and wavelengths by hand, lengths."""

import numpy as np
import pytest
import torch

from tests.support.models import every_vit, small_vit
from vit.analysis.positions import (
    part_lengths,
    position_similarity,
    rotary_table,
    wavelengths,
)
from vit.model.layout import TokenLayout
from vit.model.positions import rotary_angles, rotate, sincos_1d, sincos_2d


def test_similarity_by_hand():
    layout = TokenLayout(("cls",), (1, 3))
    table = torch.tensor([[9.0, 9.0], [1.0, 0.0], [0.0, 2.0], [-1.0, 0.0]])  # CLS, then three patches
    grids = position_similarity(table, layout)
    assert grids.shape == (1, 3, 1, 3)
    np.testing.assert_allclose(grids[0, 0, 0], [1, 0, -1])
    np.testing.assert_allclose(grids[0, 1, 0], [0, 1, 0])


def test_sincos_similarity_depends_on_the_distance_alone():
    grid = (4, 6)
    grids = position_similarity(sincos_2d(grid, 32), TokenLayout((), grid))
    assert grids[1, 2, 1, 4] == pytest.approx(grids[2, 1, 2, 3], abs=1e-5)
    assert grids[0, 0, 3, 0] == pytest.approx(grids[0, 5, 3, 5], abs=1e-5)


def test_rotary_similarity_is_what_rotation_leaves_of_a_dot_product():
    grid = (2, 3)
    angle = rotary_angles(grid, 8, 100.0)
    ones = torch.ones(1, 1, 6, 8)  # every pair of dimensions equally long
    turned = rotate(ones, angle)[0, 0]
    expected = turned @ turned.T / 8
    grids = position_similarity(rotary_table(angle), TokenLayout(("cls",), grid))
    np.testing.assert_allclose(grids.reshape(6, 6), expected.numpy(), atol=1e-6)


@every_vit
def test_part_lengths_add_up_as_vectors(name):
    small = small_vit(name)
    trace = small.trace
    parts = part_lengths(trace)
    position = trace.layout.patches(trace.position_embedding)
    np.testing.assert_allclose(parts.patch, trace.patch_embedding[0].norm(dim=-1).numpy())
    np.testing.assert_allclose(parts.total, (trace.patch_embedding[0] + position).norm(dim=-1).numpy())
    assert (parts.total <= parts.patch + parts.position + 1e-5).all()


@pytest.mark.parametrize("axes", [1, 2])
def test_a_wave_has_gone_round_after_its_wavelength(axes):
    width, base = 16, 100.0
    period = wavelengths(width, base, axes)
    assert period[0] == pytest.approx(2 * np.pi)
    # The angle of dimension j at position 1 is 2π / period; both tables start with a sine or sit beside one.
    table = sincos_1d(2, width, base) if axes == 1 else sincos_2d((2, 2), width, base)
    at_one = table[1 if axes == 1 else 3].numpy()  # one step along every axis
    quarter = width // 4
    is_sine = np.arange(width) % 2 == 0 if axes == 1 else np.arange(width) // quarter % 2 == 0
    expected = np.where(is_sine, np.sin(2 * np.pi / period), np.cos(2 * np.pi / period))
    np.testing.assert_allclose(at_one, expected, atol=1e-6)
