"""Maps of evidence, on a model whose evidence is known by construction and on random ones of every kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.support.deciding_patch import BAIT, DECIDES, deciding_model, picture
from tests.support.held_block import held_block
from tests.support.models import SMALL, every_vit, noise, random_model, small_vit
from vit import Trace, ViT
from vit.analysis.evidence.block_backward import gradient_through
from vit.analysis.evidence.gradient_maps import cam_level, gradient_maps
from vit.analysis.evidence.held import held_pooling
from vit.analysis.evidence.path import along_the_way, integrated_gradients, way
from vit.analysis.evidence.relevance import relevance
from vit.analysis.evidence.target import Target, of_class, of_output
from vit.analysis.output import reading_pattern

Map = Callable[[ViT, Trace, Target], np.ndarray]
MAPS: dict[str, Map] = {
    "Grad-CAM": lambda model, trace, target: gradient_maps(model, trace, target).grad_cam,
    "LeGrad": lambda model, trace, target: gradient_maps(model, trace, target).legrad,
    "Chefer": lambda model, trace, target: gradient_maps(model, trace, target).chefer,
    "AttnLRP": lambda model, trace, target: relevance(model, trace, target)[trace.layout.n_prefix :],
    "integrated gradients": lambda model, trace, target: integrated_gradients(model, trace.pixels, target),
}
every_map = pytest.mark.parametrize("method", MAPS)


@every_map
@pytest.mark.parametrize(("evidence", "bait"), [(DECIDES, BAIT), (0, 11), (11, 0)])
def test_the_patch_that_decides_comes_first(method: str, evidence: int, bait: int) -> None:
    model = deciding_model()
    trace = model.trace(picture(evidence, bait))
    values = MAPS[method](model, trace, of_class(model, 0, "there"))
    assert values.argmax() == evidence
    assert reading_pattern(trace, "cls").argmax() == bait, "attention is misled: that is what the model was made for"


@every_map
@every_vit
def test_a_map_has_a_number_for_each_patch_and_none_for_other_tokens(method: str, name: str) -> None:
    model, trace = small_vit(name).model, small_vit(name).trace
    values = MAPS[method](model, trace, of_output(trace.pooled))
    assert values.shape == (trace.layout.n_patches,)
    assert np.isfinite(values).all()
    if method in ("Grad-CAM", "LeGrad", "Chefer"):
        assert (values >= 0).all()
    if method != "Grad-CAM":  # whose relu may leave nothing
        assert values.any(), "a map of exact zeros says nothing"


@every_map
def test_like_patches_get_like_values_where_places_do_not_count(method: str) -> None:
    """A picture whose halves mirror each other, patch by patch, and a model without positions."""
    model = random_model(replace(SMALL["no position"], prefix=("cls",), image_size=(16, 32)))
    left = noise(model.config)[..., :16]  # two columns of patches
    pixels = torch.cat([left, left[..., 8:], left[..., :8]], dim=-1)
    trace = model.trace(pixels)
    values = MAPS[method](model, trace, of_output(trace.pooled)).reshape(2, 4)
    np.testing.assert_allclose(values, values[:, ::-1], rtol=1e-3, atol=1e-6 * np.abs(values).max())


@every_map
def test_a_patch_that_nobody_reads_has_nothing(method: str) -> None:
    """Attention switched off: with CLS pooling no patch has a say, and every map that follows gradients is zero."""
    model = random_model(SMALL["cls"])
    for block in model.blocks:
        block.attention.out.weight.zero_()
    trace = model.trace(noise(model.config))
    assert not MAPS[method](model, trace, of_class(model, 0, "")).any()


@every_vit
def test_grad_cam_reads_a_level_that_leads_somewhere(name: str) -> None:
    depth = SMALL[name].depth
    assert (
        0 <= gradient_maps(*vars(small_vit(name)).values(), of_output(small_vit(name).trace.pooled)).cam_level < depth
    )
    assert [cam_level(depth) for depth in (1, 2, 3, 12, 24)] == [0, 1, 2, 9, 18]


@pytest.mark.parametrize("name", ["cls", "mean, sincos2d", "digits"])
def test_integrated_gradients_sum_to_what_the_picture_adds(name: str) -> None:
    model = random_model(SMALL[name])
    for parameter in model.parameters():
        parameter.mul_(0.3)  # a smooth way, so that few steps are enough
    pixels, target = noise(model.config), of_class(model, 0, "")
    with torch.inference_mode():
        logit, empty = model(pixels)[0, 0].item(), model(0 * pixels)[0, 0].item()
    values = integrated_gradients(model, pixels, target, 64)
    assert values.sum() == pytest.approx(logit - empty, rel=1e-2, abs=1e-4)
    parts = [along_the_way(model, pixels, target, [place]) for place in way(4)]
    np.testing.assert_allclose(np.mean(parts, axis=0), integrated_gradients(model, pixels, target, 4), atol=1e-6)


@every_vit
def test_relevance_runs_on_the_models_own_numbers(name: str) -> None:
    model, trace = small_vit(name).model, small_vit(name).trace
    angle = model.places(trace.layout)
    for layer, block in enumerate(trace.blocks):
        found = held_block(model.blocks[layer], model.config.activation, block.resid_pre, angle)
        torch.testing.assert_close(found, block.resid_post, rtol=1e-4, atol=1e-4)
    for held in (True, False):
        read, added = held_pooling(model, trace.residual(trace.depth), pattern_held=held)
        torch.testing.assert_close(read + added, trace.pooled, rtol=1e-4, atol=1e-4)


@every_vit
def test_relevance_is_the_gradient_of_a_model_with_its_rules(name: str) -> None:
    model, trace = small_vit(name).model, small_vit(name).trace
    target, angle = of_output(trace.pooled), model.places(trace.layout)

    def score(tokens: Tensor) -> Tensor:
        for block in model.blocks:
            tokens = held_block(block, model.config.activation, tokens, angle)
        return target.score(sum(held_pooling(model, tokens, pattern_held=False)))[0]

    expected = (trace.tokens * gradient_through(score, trace.tokens)).sum(dim=-1)[0]
    found = relevance(model, trace, target)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * float(expected.abs().max()))


@pytest.mark.parametrize("name", ["cls", "mean, sincos2d", "registers"])
def test_relevance_keeps_its_sum(name: str) -> None:
    """Without biases, and without heads, whose softmax has no rule that keeps sums, tokens have all of the answer."""
    model = random_model(SMALL[name])
    for key, parameter in model.named_parameters():
        if key.endswith("bias"):
            parameter.zero_()
    for block in model.blocks:
        block.attention.out.weight.zero_()
    trace = model.trace(noise(model.config))
    target = of_output(trace.pooled)
    brought = relevance(model, trace, target)
    assert brought.sum() == pytest.approx(target.score(trace.pooled).item(), rel=1e-4)
