"""How the output forms: by hand, and against the model's own answer, for every kind of pooling."""

import numpy as np
import pytest
import torch

from tests.support.models import every_vit, small_vit
from vit.analysis.output import (
    Stretch,
    carrier,
    class_names,
    forming,
    logit_lens,
    pooled_to_patches,
    probabilities,
    reading_pattern,
    stretches,
    top,
)
from vit.model.layout import TokenLayout


def test_carrier_by_hand():
    layout = TokenLayout(("cls", "reg0"), (1, 2))
    resid = torch.tensor([[[1.0, 0.0], [2.0, 0.0], [3.0, 4.0], [5.0, 8.0]]])
    assert carrier(resid, layout, "cls").tolist() == [1, 0]
    assert carrier(resid, layout, "mean").tolist() == [4, 6]
    assert carrier(resid, layout, "map").tolist() == [2.75, 3]
    assert carrier(resid, layout, "cls+mean").tolist() == [1, 0, 4, 6]


def test_probabilities_by_hand():
    logits = np.log([[1.0, 2.0, 5.0]])
    np.testing.assert_allclose(probabilities(logits), [[0.125, 0.25, 0.625]])
    np.testing.assert_allclose(probabilities(logits, 0.5), np.array([[1, 4, 25]]) / 30)
    assert np.isfinite(probabilities(np.array([1e4, -1e4]), 0.1)).all()


def test_classes_without_a_label_are_numbers():
    assert class_names(("cat", "dog"), [1, 0, 2]) == ["dog", "cat", "class 2"]


def test_top_is_in_order():
    assert top(np.array([0.1, 0.5, 0.1, 0.3]), 3).tolist() == [1, 3, 0]


@every_vit
def test_the_output_ends_as_itself(name):
    small = small_vit(name)
    model, trace = small.model, small.trace
    formed = forming(model, trace)
    assert formed.similarity.shape == formed.carried.shape == formed.length.shape == (trace.depth + 1,)
    assert formed.attention.shape == formed.mlp.shape == (trace.depth,)
    assert formed.similarity[-1] == pytest.approx(1, abs=1e-5)
    assert formed.carried[-1] == pytest.approx(1, abs=1e-5)


@every_vit
def test_updates_are_what_moves_the_carrier(name):
    small = small_vit(name)
    trace, pooling = small.trace, small.model.config.pooling
    block = trace.blocks[0]
    before, after = (carrier(x, trace.layout, pooling) for x in (block.resid_pre, block.resid_post))
    added = carrier(block.attn_out, trace.layout, pooling) + carrier(block.mlp_out, trace.layout, pooling)
    np.testing.assert_allclose(before + added, after, atol=1e-5)
    formed = forming(small.model, trace)
    assert formed.attention[0] == pytest.approx(
        np.linalg.norm(carrier(block.attn_out, trace.layout, pooling)), rel=1e-5
    )


@every_vit
def test_the_lens_at_the_last_level_is_the_answer(name):
    small = small_vit(name)
    if small.model.head is None:
        with pytest.raises(ValueError, match="no classification head"):
            logit_lens(small.model, small.trace)
        return
    lens = logit_lens(small.model, small.trace)
    assert lens.shape == (small.trace.depth + 1, small.model.config.n_classes)
    np.testing.assert_allclose(lens[-1], small.trace.logits[0].numpy(), atol=1e-5)


@every_vit
def test_reading_pattern_says_where_the_output_looks(name):
    small = small_vit(name)
    trace, pooling = small.trace, small.model.config.pooling
    pattern = reading_pattern(trace, pooling)
    gh, gw = trace.layout.grid
    assert pattern.shape == (gh * gw,)
    assert 0 < pattern.sum() <= 1 + 1e-5
    if trace.pool_pattern is not None:
        np.testing.assert_allclose(
            pattern, trace.layout.patches(trace.pool_pattern[0].mean(0), axis=-1).numpy(), atol=1e-6
        )
    elif pooling.startswith("cls"):
        row = trace.blocks[-1].pattern[0, :, 0].mean(0)
        np.testing.assert_allclose(pattern, trace.layout.patches(row, axis=-1).numpy(), atol=1e-6)


@every_vit
def test_pooled_to_patches_is_the_cosine_after_the_final_norm(name):
    small = small_vit(name)
    trace = small.trace
    if trace.pool_pattern is not None:
        return
    values = pooled_to_patches(trace)
    patch = trace.layout.patches(trace.final)[0, -1]
    pooled = trace.pooled[0, : len(patch)]
    assert values[-1] == pytest.approx(float(torch.cosine_similarity(patch, pooled, dim=0)), abs=1e-5)


def test_which_class_leads_at_which_levels() -> None:
    lens = np.array([[1.0, 0.0, 0.0], [0.9, 0.0, 0.0], [0.0, 0.0, 2.0], [0.0, 1.0, 0.5], [0.0, 3.0, 0.0]])
    assert stretches(lens) == [Stretch(0, 0, 1), Stretch(2, 2, 2), Stretch(1, 3, 4)]
