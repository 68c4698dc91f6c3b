"""Positions left out or shuffled: what really happens without them."""

import numpy as np
import pytest
import torch

from tests.support.models import small_vit
from vit.analysis.output import reading_pattern
from vit.experiments import positions
from vit.experiments.positions import POSITION_EDITS, output_change, position_passes, shuffled, with_positions_edited


def test_shuffled_keeps_every_row():
    table = torch.arange(20.0).reshape(10, 2)
    assert sorted(shuffled(table)[:, 0].tolist()) == table[:, 0].tolist()
    assert not torch.equal(shuffled(table), table)
    assert torch.equal(shuffled(table), shuffled(table))


@pytest.mark.parametrize("name", ["cls", "rotary", "mean, sincos2d"])
def test_without_positions_the_model_cannot_tell_an_order(name):
    """The patches of a picture in any order give the same answer: attention has no idea of place."""
    model, pixels = small_vit(name).model, small_vit(name).trace.pixels
    order = torch.randperm(small_vit(name).trace.layout.n_patches, generator=torch.Generator().manual_seed(3))
    mixed = {"patch_embedding": lambda x: x[:, order]}
    none = POSITION_EDITS["left out"]
    without = model.trace(pixels, none).pooled - model.trace(pixels, {**none, **mixed}).pooled
    assert without.abs().max() < 1e-4
    _, order_error = position_passes(model, small_vit(name).trace, lambda trace: trace.pooled)
    assert order_error < 1e-4
    with_positions = model.trace(pixels).pooled - model.trace(pixels, mixed).pooled
    assert with_positions.abs().max() > 1e-3


@pytest.mark.parametrize("name", ["cls", "rotary", "mean, sincos2d", "map"])
@pytest.mark.parametrize("side_by_side", [True, False])
def test_an_edited_pass_is_a_trace_with_that_edit(
    name: str, side_by_side: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether several go through the blocks together (never where those are told of places) or one after the other."""
    if not side_by_side:
        monkeypatch.setattr(positions, "SIDE_BY_SIDE", 0)
    model, first = small_vit(name).model, small_vit(name).trace
    edited = with_positions_edited(model, first, list(POSITION_EDITS.values()))
    for lean, edit in zip(edited, POSITION_EDITS.values(), strict=True):
        whole = model.trace(first.pixels, edit)
        for part in ("tokens", "final", "pooled"):
            torch.testing.assert_close(getattr(lean, part), getattr(whole, part))
        assert lean.logits is None if whole.logits is None else torch.allclose(lean.logits, whole.logits, atol=1e-5)
        torch.testing.assert_close(lean.blocks[-1].pattern, whole.blocks[-1].pattern)
        looks = (reading_pattern(trace, model.config.pooling) for trace in (lean, whole))
        np.testing.assert_allclose(*looks, rtol=1e-5, atol=1e-7)


def test_what_is_shown_of_edited_positions_is_the_first_pass_and_one_for_each_edit():
    model, first = small_vit("cls").model, small_vit("cls").trace
    passes, _ = position_passes(model, first, lambda trace: trace)
    assert list(passes) == list(POSITION_EDITS)
    assert passes["kept"] is first
    shuffled_alone = model.trace(first.pixels, POSITION_EDITS["shuffled"])
    torch.testing.assert_close(passes["shuffled"].final, shuffled_alone.final)


def test_output_change_is_one_for_the_same_pass_and_less_for_another():
    model, pixels = small_vit("cls").model, small_vit("cls").trace.pixels
    first = model.trace(pixels)
    same, other = (
        output_change(first, model.trace(pixels)),
        output_change(first, model.trace(pixels, POSITION_EDITS["shuffled"])),
    )
    np.testing.assert_allclose(same.patches, 1, atol=1e-5)
    assert same.pooled == pytest.approx(1, abs=1e-5)
    assert other.patches.shape == (24,)
    assert other.patches.min() < 0.999
