"""An entry written out is the entry that the pass has."""

from __future__ import annotations

import pytest

from tests.support.models import every_vit, small_vit
from vit.analysis.block_steps import block_steps
from vit.analysis.dot_product import KINDS, entry


@every_vit
@pytest.mark.parametrize("kind", KINDS)
def test_the_sum_is_the_entry_before_positions_turn_it(name: str, kind: str) -> None:
    small = small_vit(name)
    config, token = small.model.config, 1
    steps = block_steps(small.model, small.trace, 0, token)
    for head in range(config.heads):
        for dimension in (0, config.head_width - 1):
            product = entry(small.model, 0, head, kind, dimension, steps.norm1)
            assert product.terms.shape == (config.width,)
            turned = config.has("rotary") and token >= small.trace.layout.n_prefix
            if kind != "value" and (turned or config.qk_norm):
                continue  # q and k are normed, and those of a patch turned, afterwards
            found = {"query": steps.q, "key": steps.k, "value": steps.v}[kind][head, dimension]
            assert product.total == pytest.approx(float(found), abs=1e-4)
