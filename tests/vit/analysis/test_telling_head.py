"""The head that shows most: made patterns whose answer is known, and any small model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from tests.support.models import every_vit, small_vit
from vit.analysis.telling_head import beyond_place, concentration, most_telling_head
from vit.model.layout import TokenLayout
from vit.model.trace import Attended


def test_concentration_by_hand() -> None:
    rows = np.array([[0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0], [0.5, 0.5, 0, 0]])
    np.testing.assert_allclose(concentration(rows), [0, 1, 0.5])


def test_a_head_that_looks_by_place_alone_has_nothing_beyond_it() -> None:
    layout = TokenLayout((), (2, 3))
    itself = np.eye(6)  # everybody looks at itself: an offset of (0, 0)
    to_the_first = np.zeros((6, 6))
    to_the_first[:, 0] = 1  # everybody looks at the first patch, from everywhere another offset
    among = np.stack([itself, to_the_first])
    found = beyond_place(among, among[:, 4], layout, 4)
    assert found[0] == 0
    assert found[1] > 0.3


def test_the_head_that_looks_at_one_patch_is_found() -> None:
    """All heads look everywhere alike, but for one of the last block, which gives all of CLS to a patch."""
    trace = small_vit("cls").trace
    blocks = []
    for layer, block in enumerate(trace.blocks):
        pattern = torch.full_like(block.pattern, 1 / trace.layout.n_tokens)
        if layer == trace.depth - 1:
            pattern[0, 2, 0] = 0
            pattern[0, 2, 0, 5] = 1
        attended = block.attended
        blocks.append(replace(block, attention=Attended(attended.q, attended.k, attended.v, pattern)))
    assert most_telling_head(replace(trace, blocks=tuple(blocks)), 0) == (trace.depth - 1, 2)


@every_vit
def test_any_model_and_token_has_one(name: str) -> None:
    small = small_vit(name)
    for token in (0, small.trace.layout.n_tokens - 1):
        layer, head = most_telling_head(small.trace, token)
        assert small.trace.depth // 2 <= layer < small.trace.depth
        assert 0 <= head < small.trace.n_heads
