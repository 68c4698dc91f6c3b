"""Cosines and lengths, by hand and against the trace they are read from."""

import numpy as np
import pytest

from tests.support.models import every_vit, small_vit
from vit.analysis.similarity import all_pairs, cosine, lengths, patch_stream, to_patches, unusually_long


def test_cosine_by_hand():
    x = np.array([[3.0, 4.0], [1.0, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(cosine(x, np.array([4.0, 3.0])), [24 / 25, 4 / 5, 0])  # a zero vector has 0 with all


def test_all_pairs_by_hand():
    x = np.array([[1.0, 0.0], [0.0, 2.0], [-3.0, 0.0]])
    np.testing.assert_allclose(all_pairs(x), [[1, 0, -1], [0, 1, 0], [-1, 0, 1]])


@every_vit
def test_to_patches_is_one_for_the_patch_itself(name):
    small = small_vit(name)
    trace = small.trace
    gh, gw = trace.layout.grid
    token = trace.layout.patch_token(gh - 1, 0)
    for level in range(trace.depth + 1):
        values = to_patches(trace, level, token)
        assert values.shape == (gh * gw,)
        assert values[(gh - 1) * gw] == pytest.approx(1, abs=1e-5)
        assert np.abs(values).max() <= 1 + 1e-5


@every_vit
def test_stream_and_lengths_are_those_of_the_trace(name):
    small = small_vit(name)
    trace = small.trace
    stream = patch_stream(trace)  # (levels, gh·gw, d)
    assert stream.shape == (trace.depth + 1, trace.layout.n_patches, trace.tokens.shape[-1])
    np.testing.assert_array_equal(stream[0], trace.layout.patches(trace.tokens)[0].numpy())
    np.testing.assert_array_equal(stream[-1], trace.layout.patches(trace.blocks[-1].resid_post)[0].numpy())
    np.testing.assert_allclose(lengths(trace, 1), np.sqrt((stream[1].astype(float) ** 2).sum(-1)), rtol=1e-5)


def test_unusually_long_names_the_longest_first():
    values = np.array([1.0, 1.1, 9.0, 1.0, 3.2, 0.9, 1.0])
    assert unusually_long(values).tolist() == [2, 4]
    assert unusually_long(np.ones(5)).size == 0
