"""The answer's number as a sum of what was added on the way."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.support.models import every_vit, small_vit
from vit import Trace, ViT
from vit.analysis.evidence.itemised import itemised, sources
from vit.analysis.evidence.patch_text import patch_text_cosine
from vit.analysis.evidence.target import Target, of_class, of_difference, of_output, of_text, rather_than


def targets(model: ViT, trace: Trace) -> list[Target]:
    text = torch.arange(1.0, 5.0)
    torch.manual_seed(3)
    projection = torch.randn(4, model.config.pooled_width)
    found = [of_output(trace.pooled), of_text(trace.pooled, text, projection, "a cat")]
    if model.head is not None:
        found += [of_class(model, 1, "bee"), of_difference(model, 0, 2, ("ant", "cat"))]
    return found


@every_vit
def test_it_sums_to_the_answer(name: str) -> None:
    small = small_vit(name)
    for target in targets(small.model, small.trace):
        found = itemised(small.model, small.trace, target)
        assert found.total == pytest.approx(found.answer, abs=1e-4)
        assert found.embedding + found.pooling_mlp + found.bias + found.blocks.sum() == pytest.approx(
            found.answer, abs=1e-4
        )


@every_vit
def test_a_head_unfolds_to_the_tokens_it_took_from(name: str) -> None:
    model, trace = small_vit(name).model, small_vit(name).trace
    target = of_output(trace.pooled)
    found = itemised(model, trace, target)
    for layer, head in np.ndindex(found.heads.shape):
        of_tokens = sources(model, trace, target, layer, head)
        assert of_tokens.shape == (trace.layout.n_tokens,)
        assert of_tokens.sum() == pytest.approx(found.heads[layer, head], abs=1e-4)


def test_the_answer_is_the_logit_and_the_difference_of_two() -> None:
    model, trace = small_vit("cls").model, small_vit("cls").trace
    assert of_difference(model, 1, 3, ("ant", "bee")).measured == "probability of ant rather than bee"
    one, other = (itemised(model, trace, of_class(model, number, "")) for number in (1, 3))
    both = itemised(model, trace, of_difference(model, 1, 3, ("", "")))
    assert one.answer == pytest.approx(trace.logits[0, 1].item(), abs=1e-4)
    assert both.answer == pytest.approx(one.answer - other.answer, abs=1e-4)
    np.testing.assert_allclose(both.heads, one.heads - other.heads, atol=1e-4)


def test_what_a_head_brought_is_missed_when_it_is_taken_out() -> None:
    """The last block's heads act on the answer directly: without one, and the norm's scale held, that much is gone."""
    model, trace = small_vit("mean, sincos2d").model, small_vit("mean, sincos2d").trace
    target = of_class(model, 0, "")
    found = itemised(model, trace, target)
    last = trace.blocks[-1]
    keep = torch.tensor([0.0, 1.0])[None, :, None, None]
    without = model.blocks[-1].scale1(model.blocks[-1].attention.join(last.z * keep))
    lost = (last.attn_out - without)[0]  # (n, d)
    resid = trace.residual(trace.depth)[0]
    scale = (resid.var(dim=-1, unbiased=False, keepdim=True) + model.config.norm_eps).sqrt()
    through_norm = (lost - lost.mean(dim=-1, keepdim=True)) / scale * model.norm.weight
    expected = through_norm.mean(dim=0) @ target.direction
    assert found.heads[-1, 0] == pytest.approx(expected.item(), abs=1e-4)


def test_a_text_is_measured_by_its_cosine_and_a_patch_in_the_place_of_cls_too() -> None:
    model, trace = small_vit("registers").model, small_vit("registers").trace
    torch.manual_seed(4)
    text, projection = torch.randn(4), torch.randn(4, model.config.pooled_width)
    target = of_text(trace.pooled, text, projection, "a cat")
    cosine = torch.nn.functional.cosine_similarity(trace.pooled @ projection.mT, text[None])
    assert target.score(trace.pooled)[0].item() == pytest.approx(cosine.item(), abs=1e-5)
    assert target.measure(trace.pooled)[0] == pytest.approx(cosine.item(), abs=1e-5)
    near = patch_text_cosine(model, trace, text, projection)
    patch = trace.layout.patches(trace.final)[0, 7]
    expected = torch.nn.functional.cosine_similarity(projection @ patch, text, dim=0)
    assert near[7] == pytest.approx(expected.item(), abs=1e-5)
    both = rather_than(target, of_text(trace.pooled, -text, projection, "no cat"), "")
    assert both.measure(trace.pooled)[0] == pytest.approx(2 * cosine.item(), abs=1e-5)
    assert both.score(trace.pooled)[0].item() == pytest.approx(2 * cosine.item(), abs=1e-5)


def test_classes_cannot_be_asked_of_a_model_without() -> None:
    with pytest.raises(ValueError, match="no classification head"):
        of_class(small_vit("map").model, 0, "cat")
