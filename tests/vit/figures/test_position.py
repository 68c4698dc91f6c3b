"""Figures of positions: their data, and that the grid of grids has every tile in its place."""

import numpy as np

from vit.figures.colour import viridis
from vit.figures.position import framed, grid_of_grids, length_boxes, wavelengths


def test_grid_of_grids_has_every_tile_in_its_place():
    gh, gw = 2, 3
    similarity = np.random.default_rng(0).uniform(-1, 1, (gh, gw, gh, gw))
    sheet = np.asarray(grid_of_grids(similarity, side=gw * (gw + 1)))  # one pixel a cell, two between
    assert sheet.shape == (2 * (gh + 2) - 2, 3 * (gw + 2) - 2, 4)
    np.testing.assert_array_equal(sheet[4:6, 10:13, :3], viridis(similarity[1, 2], -1, 1))  # row 1, column 2


def test_grid_of_grids_frames_the_chosen_place_without_covering_it():
    similarity = np.zeros((2, 3, 2, 3))
    similarity[1, 1] = 1
    plain = grid_of_grids(similarity, side=120)  # ten pixels a cell and between tiles
    sheet = np.asarray(framed(plain, (2, 3), (1, 1), side=120))
    assert not (np.asarray(plain)[..., :3] == [255, 176, 0]).all(-1).any(), "the sheet that all share stays as it is"
    height, width = 2 * 10 + 10, 3 * 10 + 10
    tile = sheet[height : height + 20, width : width + 30, :3]
    np.testing.assert_array_equal(tile, viridis(similarity[1, 1], -1, 1).repeat(10, 0).repeat(10, 1))
    assert sheet[height + 10, width - 5, :3].tolist() == [255, 176, 0]


def test_length_boxes_hold_a_dot_a_patch():
    lengths = {"patch": np.array([1.0, 2.0, 3.0, 4.0]), "position": np.ones(4), "sum": np.full(4, 2.0)}
    figure = length_boxes(lengths, columns=2)
    assert [trace.name for trace in figure.data] == list(lengths)
    np.testing.assert_array_equal(figure.data[0].x, lengths["patch"])
    assert figure.data[0].customdata[3].tolist() == [1, 1]  # the fourth patch: row 1, column 1


def test_wavelengths_hold_the_waves_and_mark_the_positions():
    wave, mark = wavelengths(np.array([6.28, 62.8]), np.arange(2), 16).data
    assert list(wave.y) == [6.28, 62.8]
    assert list(mark.y) == [16, 16]
