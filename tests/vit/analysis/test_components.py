"""Principal components by hand, and colours that can be followed from level to level."""

from itertools import pairwise

import numpy as np
import pytest

from tests.support.models import every_vit, small_vit
from vit.analysis.components import align, colour_levels, colours, normalise, principal_components
from vit.analysis.similarity import patch_stream

RNG = np.random.default_rng(0)


def test_normalise_by_hand():
    x = np.array([[1.0, 3.0], [5.0, 5.0]])
    np.testing.assert_allclose(normalise(x), [[-1, 1], [0, 0]])


def test_components_by_hand():
    # Four points: ±2 along the first axis, ±1 along the second; variances 2 and 0.5.
    x = np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    directions, scores, explained = principal_components(x + np.array([10.0, -3.0]), 2)
    np.testing.assert_allclose(directions, np.eye(2), atol=1e-9)
    np.testing.assert_allclose(scores, x / np.sqrt([2, 0.5]), atol=1e-9)
    np.testing.assert_allclose(explained, [0.8, 0.2])


@pytest.mark.parametrize("shape", [(5, 40), (40, 5)])  # the small matrix is n × n, then d × d
def test_components_equal_the_svd(shape):
    x = RNG.normal(size=shape)
    directions, scores, explained = principal_components(x, 3)
    u, s, vt = np.linalg.svd(x - x.mean(0), full_matrices=False)
    sign = np.sign((directions * vt[:3]).sum(-1))
    np.testing.assert_allclose(directions, vt[:3] * sign[:, None], atol=1e-8)
    np.testing.assert_allclose(scores, u[:, :3] * sign * np.sqrt(shape[0]), atol=1e-8)
    np.testing.assert_allclose(explained, (s**2 / (s**2).sum())[:3])
    assert (directions[np.arange(3), np.abs(directions).argmax(-1)] > 0).all()


def test_rows_that_do_not_differ_have_no_components():
    directions, scores, explained = principal_components(np.ones((6, 4)), 3)
    assert not directions.any()
    assert not scores.any()
    assert not explained.any()
    assert (colours(scores) == 128).all()  # one grey, not stretched noise


def test_align_undoes_a_change_of_sign_and_place():
    scores = RNG.normal(size=(50, 3))
    changed = scores[:, [2, 0, 1]] * [1, -1, -1]
    np.testing.assert_allclose(align(changed, scores), scores, atol=1e-9)


def test_align_keeps_distances():
    scores, other = RNG.normal(size=(2, 20, 3))
    turned = align(scores, other)

    def distances(x):
        return np.linalg.norm(x[:, None] - x, axis=-1)

    np.testing.assert_allclose(distances(turned), distances(scores))
    assert np.linalg.norm(turned - other) <= np.linalg.norm(scores - other)


def test_colours_span_the_range_and_ignore_an_outlier():
    scores = np.tile(np.linspace(-1, 1, 1001)[:, None], 3)
    scores[0] = -1e6
    rgb = colours(scores)
    assert rgb.dtype == np.uint8
    assert rgb[0].tolist() == [0] * 3
    assert rgb[-1].tolist() == [255] * 3
    assert abs(int(rgb[500, 0]) - 128) <= 2


@every_vit
def test_the_last_level_is_plain_pca_and_no_level_flips(name):
    small = small_vit(name)
    stream = patch_stream(small.trace)
    scores, explained = colour_levels(stream)
    assert scores.shape == (small.trace.depth + 1, small.trace.layout.n_patches, 3)
    assert ((explained > 0) & (explained <= 1 + 1e-9)).all()
    _, plain, shares = principal_components(normalise(stream[-1]), 3)
    np.testing.assert_allclose(scores[-1], plain)
    assert explained[-1] == pytest.approx(shares.sum())
    for earlier, later in pairwise(scores):
        flips = [(earlier * sign * later).sum() for sign in ([1, 1, -1], [1, -1, 1], [-1, 1, 1], [-1, -1, -1])]
        assert (earlier * later).sum() >= max(flips)


def test_flipping_a_level_changes_no_colour():
    stream = RNG.normal(size=(1, 30, 12)).repeat(2, axis=0)
    stream[0] = -stream[0]  # the opposite vectors: every component changes its sign
    scores, _ = colour_levels(stream)
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-8)


def test_a_second_pass_is_coloured_like_the_first():
    stream = RNG.normal(size=(3, 30, 12))
    first, _ = colour_levels(stream)
    again, _ = colour_levels(-stream, reference=first[-1])
    np.testing.assert_allclose(again, first, atol=1e-8)


def test_two_patches_have_one_component_and_still_a_colour():
    scores, _ = colour_levels(RNG.normal(size=(2, 2, 8)))
    assert scores.shape == (2, 2, 3)
    assert np.isfinite(scores).all()
