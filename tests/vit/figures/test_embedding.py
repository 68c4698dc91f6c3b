"""Pictures made of arrays, and the patch embedding's figures: their pixels and their data."""

import numpy as np
import pytest

from vit.analysis.filters import filter_pictures, strongest
from vit.figures.embedding import colour_levels_strip, filter_sheet, vector_bars
from vit.figures.plain import around_zero, cells, tiles


def test_cells_are_enlarged_and_not_smoothed():
    rgb = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], dtype=np.uint8)  # one row, three columns
    picture = np.asarray(cells(rgb, 30))
    assert picture.shape == (10, 30, 3)
    assert (picture[:, 10:20] == [0, 255, 0]).all()


def test_tiles_have_transparent_gaps():
    rgb = np.full((2, 3, 4, 5, 3), 7, dtype=np.uint8)
    sheet = tiles(rgb, gap=2)
    assert sheet.size == (3 * 5 + 2 * 2, 2 * 4 + 2)
    alpha = np.asarray(sheet)[..., 3]
    assert (alpha[:4, :5] == 255).all()
    assert (alpha[4:6] == 0).all()


def test_around_zero_puts_zero_in_the_middle_of_every_picture():
    values = np.zeros((2, 1, 2, 1))
    values[0, 0, :, 0] = [-3, 1.5]
    rgb = around_zero(values)
    assert rgb.shape == (2, 1, 2, 3)  # one channel is shown as grey
    assert rgb[0, 0, :, 0].tolist() == [0, 191]
    assert (rgb[1] == 128).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_filter_sheet_shows_every_filter_in_its_place(channels):
    rng = np.random.default_rng(0)
    filters = filter_pictures(rng.normal(size=(5, 4 * 4 * channels)), 4)  # (5, p, p, c)
    sheet = np.asarray(filter_sheet(filters, columns=3, scale=2))
    assert sheet.shape == (2 * (8 + 2) - 2, 3 * (8 + 2) - 2, 4)
    expected = around_zero(filters)[4].repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(sheet[10:18, 10:18, :3], expected)  # the fifth: second row, second column
    assert (sheet[10:, 20:, 3] == 0).all()  # no sixth filter is made up


def test_filters_are_the_rows_of_the_patch_matrix():
    weight = np.arange(24.0).reshape(2, 12)  # two filters of 2 × 2 pixels of 3 channels
    pictures = filter_pictures(weight, 2)
    assert pictures.shape == (2, 2, 2, 3)
    assert pictures[1, 0, 1].tolist() == [15, 16, 17]


def test_strongest_looks_at_the_size_and_not_the_sign():
    assert strongest(np.array([0.1, -5, 3, 0]), 2).tolist() == [1, 2]


def test_vector_bars_hold_the_vector_and_mark_what_is_marked():
    vector = np.array([1.0, -2.0, 0.5])
    blue, orange = vector_bars(vector, np.array([1])).data
    assert list(zip(blue.x, blue.y, strict=True)) == [(0, 1.0), (1, -2.0), (2, 0.5)]
    assert list(zip(orange.x[:2], orange.y[:2], strict=True)) == [(1, 0.0), (1, -2.0)]
    assert orange.customdata[0] == orange.customdata[1] == [-2.0], "what the pointer reads at either end"
    assert orange.line.color != blue.line.color
    plain, nothing = vector_bars(vector).data
    np.testing.assert_array_equal(plain.y, vector)
    assert len(nothing.y) == 0


def test_strip_has_every_level():
    rgb = np.random.default_rng(0).integers(0, 255, (4, 3, 5, 3), dtype=np.uint8)
    strip = np.asarray(colour_levels_strip(rgb))
    np.testing.assert_array_equal(strip[:, 3 * 6 : 3 * 6 + 5, :3], rgb[3])
