"""Patches taken away in a map's order: the curves, chance, occlusion, and a model that forgot what it learned."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.support.deciding_patch import BAIT, DECIDES, deciding_model, picture
from tests.support.models import every_vit, small_vit
from vit import ViT
from vit.analysis.evidence.quick_maps import quick_maps
from vit.analysis.evidence.target import of_class, of_output
from vit.experiments.occlusion import lost_without
from vit.experiments.removal import (
    SHARES,
    RemovalCurves,
    best_supported,
    by_chance,
    outputs_on_removal,
    ranking,
    removal_curves,
    with_only,
)
from vit.experiments.shuffled_weights import ALIKE, rank_correlation, shuffled
from vit.experiments.what_if import without_patches


@every_vit
def test_what_is_left_is_what_the_page_what_if_leaves(name: str) -> None:
    model, trace = small_vit(name).model, small_vit(name).trace
    n = trace.layout.n_patches
    kept = np.stack([by_chance(n, seed)[: n // 2] for seed in range(3)])
    pooled = with_only(model, trace, kept)
    for one, patches in zip(pooled, kept, strict=True):
        answer = without_patches(model, trace, np.setdiff1d(np.arange(n), patches))
        similar = torch.nn.functional.cosine_similarity(one, trace.pooled[0], dim=0).item()
        assert similar == pytest.approx(answer.likeness, abs=1e-4)


@every_vit
def test_curves_begin_and_end_where_all_or_one_patch_is_in_sight(name: str) -> None:
    model, trace = small_vit(name).model, small_vit(name).trace
    target = of_output(trace.pooled)
    ranked = by_chance(trace.layout.n_patches, 0)
    [curves, reverse] = removal_curves(
        outputs_on_removal(model, trace, np.stack([ranked, ranked[::-1]])), target.measure
    )
    assert curves.removed.shape == curves.shown.shape == (len(SHARES),)
    assert curves.removed[0] == curves.shown[-1] == pytest.approx(1, abs=1e-5)
    assert curves.removed[-1] == pytest.approx(target.measure(with_only(model, trace, ranked[None, -1:]))[0], abs=1e-5)
    np.testing.assert_allclose(curves.removed, reverse.shown[::-1], atol=1e-5)
    assert curves.lead == pytest.approx(-reverse.lead, abs=1e-5)


def test_areas_by_hand() -> None:
    straight = RemovalCurves(np.linspace(1, 0, 11), np.full(11, 0.75))
    assert (straight.deletion, straight.insertion, straight.lead) == pytest.approx((0.5, 0.75, 0.25))


def on_the_deciding_model() -> tuple[ViT, dict[str, float], list[float]]:
    model = deciding_model()
    trace = model.trace(picture())
    target = of_class(model, 0, "there")
    maps = quick_maps(model, trace, target)
    chance = [by_chance(trace.layout.n_patches, seed) for seed in range(3)]
    orders = np.stack([*map(ranking, maps.values()), *chance])
    curves = removal_curves(outputs_on_removal(model, trace, orders), target.measure)
    leads = {name: one.lead for name, one in zip(maps, curves, strict=False)}
    return model, leads, [one.lead for one in curves[-3:]]


def test_the_curves_tell_the_maps_that_find_the_deciding_patch() -> None:
    _, leads, chance = on_the_deciding_model()
    assert best_supported(leads, chance) != "attention"
    assert all(leads[name] > leads["attention"] for name in ("Grad-CAM", "LeGrad", "Chefer", "AttnLRP"))


def test_a_lead_within_what_chance_does_is_none() -> None:
    assert best_supported({"one": 0.3, "other": 0.2}, [0.1, -0.25]) == "one"
    assert best_supported({"one": 0.2, "other": -0.6}, [0.1, -0.25]) is None


def test_occlusion_puts_the_deciding_patch_first_and_the_bait_nowhere() -> None:
    model = deciding_model()
    trace = model.trace(picture())
    lost = lost_without(model, trace, of_class(model, 0, "there"), range(12))
    assert lost.argmax() == DECIDES
    assert lost[DECIDES] > 0 >= lost[BAIT]
    np.testing.assert_allclose(
        lost[[DECIDES, BAIT]], lost_without(model, trace, of_class(model, 0, ""), [DECIDES, BAIT])
    )


def test_shuffled_weights_are_the_same_numbers_at_other_places() -> None:
    model = small_vit("cls").model
    other = shuffled(model)
    pairs = list(zip(model.named_parameters(), other.parameters(), strict=True))
    for (name, before), after in pairs:
        assert torch.equal(before.flatten().sort().values, after.flatten().sort().values), name
        assert torch.equal(before, after) == (not name.startswith(("blocks", "patch_embedding"))), name
    again = shuffled(model).parameters()
    assert all(torch.equal(one, two) for one, two in zip(again, other.parameters(), strict=True))


def test_maps_change_when_the_weights_do() -> None:
    model, trace = small_vit("cls").model, small_vit("cls").trace
    other = shuffled(model)
    before = quick_maps(model, trace, of_output(trace.pooled))
    again = other.trace(trace.pixels)
    after = quick_maps(other, again, of_output(trace.pooled))
    assert abs(rank_correlation(before["AttnLRP"], after["AttnLRP"])) < ALIKE


def test_rank_correlation_by_hand() -> None:
    assert rank_correlation(np.array([1.0, 2, 3]), np.array([10.0, 20, 500])) == pytest.approx(1)
    assert rank_correlation(np.array([1.0, 2, 3]), np.array([3.0, 2, 1])) == pytest.approx(-1)
    assert rank_correlation(np.zeros(3), np.arange(3.0)) == 0
    assert rank_correlation(np.array([1.0, 1, 2, 3]), np.array([1.0, 2, 3, 4])) == pytest.approx(0.9487, abs=1e-4)
