"""Experiments: what is hidden has no say, a head that is off gives nothing, and nothing taken away changes nothing."""

from __future__ import annotations

import re
from copy import deepcopy

import numpy as np
import pytest
import torch
from einops import rearrange
from streamlit.testing.v1 import AppTest
from torch.nn import functional as F

from tests.support.models import SMALL, noise, random_model
from tests.support.sessions import captions, go, healthy, opened, press
from vit import Trace, ViT
from vit.analysis.output import reading_pattern
from vit.analysis.similarity import cosine
from vit.experiments import what_if
from vit.figures.what_if import hiding
from vit.serving.lean_trace import lean


def first_pass(model: ViT) -> Trace:
    return model.trace(noise(model.config))


def test_with_nothing_taken_away_the_answer_is_the_first(small: ViT) -> None:
    trace = first_pass(small)
    looks = reading_pattern(trace, small.config.pooling)
    for answer in (
        what_if.untouched(small, trace),
        what_if.without_patches(small, trace, []),
        what_if.without_heads(small, trace, []),
    ):
        assert answer.likeness == pytest.approx(1, abs=1e-6)
        np.testing.assert_allclose(answer.looks, looks, atol=1e-5)
        assert (answer.logits is None) == (trace.logits is None)
        if answer.logits is not None:
            np.testing.assert_allclose(answer.logits, trace.logits[0].numpy(), atol=1e-4)


def test_what_is_hidden_has_no_say(small: ViT) -> None:
    """Other pixels under the hidden patches, the same answer; the same change in sight moves it."""
    trace = first_pass(small)
    hidden, p = [0, trace.layout.n_patches - 1], small.config.patch_size
    first = p - small.config.patch_shift
    other = trace.pixels.clone()
    other[..., :first, :first] += 3
    other[..., -p:, -p:] -= 2
    changed = small.trace(other)
    answer, again = (what_if.without_patches(small, one, hidden) for one in (trace, changed))
    np.testing.assert_array_equal(answer.looks, again.looks)
    assert np.isnan(answer.looks[hidden]).all()
    assert np.isfinite(np.delete(answer.looks, hidden)).all()
    assert not torch.equal(changed.pooled, trace.pooled)


@pytest.mark.parametrize("name", ["cls", "registers", "rotary", "no position"])
def test_hiding_is_attention_that_skips_the_hidden(name: str) -> None:
    """Taken out of the row, or left in it with every score at −∞: the CLS token cannot tell."""
    model = random_model(SMALL[name])
    trace, hidden = first_pass(model), [1, 4]
    allowed = torch.ones(1, trace.layout.n_tokens, dtype=torch.bool)  # of every query
    allowed[0, [trace.layout.n_prefix + patch for patch in hidden]] = False
    resid, angle = trace.tokens, model.places(trace.layout)
    for block in model.blocks:
        q, k, v = block.attention.split(block.norm1(resid), angle)
        z = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
        mid = resid + block.scale1(block.attention.out(rearrange(z, "b h n k -> b n (h k)")))
        resid = mid + block.scale2(block.mlp(block.norm2(mid)))
    expected = float(cosine(model.pool_and_classify(resid)[1][0].numpy(), trace.pooled[0].numpy()))
    assert expected < 1 - 1e-4, "it matters here"
    assert what_if.without_patches(model, trace, hidden).likeness == pytest.approx(expected, abs=1e-5)


def test_one_patch_must_stay(small: ViT) -> None:
    trace = first_pass(small)
    patches = range(trace.layout.n_patches)
    assert np.isfinite(what_if.without_patches(small, trace, patches[1:]).likeness)
    with pytest.raises(ValueError, match="one patch at least"):
        what_if.without_patches(small, trace, patches)


def test_a_head_that_is_off_is_one_the_output_matrix_does_not_hear(small: ViT) -> None:
    if small.config.attention_norm:
        pytest.skip("the norm behind its heads hears that one is silent")
    trace, k = first_pass(small), small.config.head_width
    layer, head = small.config.depth - 1, small.config.heads - 1
    deaf = deepcopy(small)
    deaf.blocks[layer].attention.out.weight[:, head * k : (head + 1) * k] = 0
    expected = deaf.trace(trace.pixels)
    answer = what_if.without_heads(small, trace, [(layer, head)])
    wanted = float(cosine(expected.pooled[0].numpy(), trace.pooled[0].numpy()))
    assert answer.likeness == pytest.approx(wanted, abs=1e-5)
    if small.config.heads > 1:
        assert answer.likeness < 1 - 1e-6
    off = small.trace(trace.pixels, {f"blocks.{layer}.v": what_if.switched_off([head])}).blocks[layer]
    assert not off.z[:, head].any()
    assert torch.equal(off.pattern, trace.blocks[layer].pattern), "it still looks"


def test_each_head_in_turn_is_each_head_alone(small: ViT) -> None:
    """From the middle of the pass, nothing recorded, on a lean trace: as the whole pass says."""
    trace = first_pass(small)
    thin = lean(trace, lambda layer, resid_pre: small.attention_of(layer, resid_pre, trace.layout))
    for layer in range(small.config.depth):
        alone = [what_if.without_heads(small, trace, [(layer, head)]).likeness for head in range(small.config.heads)]
        np.testing.assert_allclose(what_if.each_head(small, thin, layer), alone, atol=1e-5)


def test_orders_by_hand() -> None:
    looks = np.array([0.1, 0.4, 0.2, 0.3])
    assert what_if.order(looks, "most looked at first").tolist() == [1, 3, 2, 0]
    assert what_if.order(looks, "least looked at first").tolist() == [0, 2, 3, 1]
    assert sorted(what_if.order(looks, "by chance")) == [0, 1, 2, 3]
    assert [what_if.how_many(share, 4) for share in (0, 0.25, 0.6, 1)] == [0, 1, 2, 3]


def test_a_curve_begins_at_one_and_is_made_of_passes(bundled: ViT, cat_trace: Trace) -> None:
    shares, looks = (0.0, 0.5), reading_pattern(cat_trace, "cls")
    ranked = {which: what_if.order(looks, which) for which in what_if.ORDERS}
    curves = {
        which: what_if.hiding_curve(bundled, cat_trace, order, shares).likeness for which, order in ranked.items()
    }
    most = curves[what_if.ORDERS[0]]
    assert [curve[0] for curve in curves.values()] == pytest.approx([1] * 3, abs=1e-6)
    hidden = ranked["most looked at first"][:128]
    assert most[1] == what_if.without_patches(bundled, cat_trace, hidden).likeness
    figure = hiding(shares, curves, "cosine")
    assert [trace.name for trace in figure.data] == list(what_if.ORDERS)
    np.testing.assert_array_equal(figure.data[0].y, most)


def test_a_curve_of_a_classifier_has_its_logits(small: ViT) -> None:
    trace = first_pass(small)
    ranked = np.arange(trace.layout.n_patches)[::-1].copy()
    curve = what_if.hiding_curve(small, trace, ranked, (0.0, 0.5))
    assert (curve.logits is None) == (trace.logits is None)
    if curve.logits is not None:
        half = what_if.without_patches(small, trace, ranked[: what_if.how_many(0.5, len(ranked))])
        np.testing.assert_array_equal(curve.logits[1], half.logits)


def found(at: AppTest) -> list[str]:
    """How many patches are in sight, and the cosine, as the page has them."""
    line = next(text.value for text in at.markdown if text.value.startswith("In sight"))
    return re.findall(r"\*\*(.+?)\*\*", line)[:2]


def test_the_page_hides_and_shows_again() -> None:
    at = opened("what_if", image="coffee")
    assert found(at) == ["256 of 256", "1"]
    press(at, "25 % it looks at most")
    patches, likeness = found(at)
    assert patches == "192 of 256"
    assert 0 < float(likeness) < 0.9999
    press(at, "all but the 10 % it looks at most")
    assert found(at)[0] == "26 of 256"
    go(go(at, "output"), "what_if")
    assert found(at)[0] == "26 of 256", "it stays while other pages are looked at"
    press(at, "nothing")
    assert found(at) == ["256 of 256", "1"]


def test_the_page_switches_heads_off() -> None:
    at = opened("what_if", image="coffee", layer="4")
    assert at.metric[0].value == "1"
    healthy(at.button_group(key="heads_of_4").set_value([1, 3]).run())
    assert any("Off: block 4 head 1, block 4 head 3." in text.value for text in at.markdown)
    two = float(at.metric[0].value)
    assert two < 0.9999
    press(at, "All of this block")
    assert float(at.metric[0].value) < two
    healthy(at.slider(key="layer_slider").set_value(7).run())
    assert any("block 4 head 0" in text.value for text in at.markdown), "other layers keep theirs"
    press(at, "All on")
    assert at.metric[0].value == "1"


def test_the_page_asks_a_classifier() -> None:
    at = opened("what_if", model="mnist-vit")
    press(at, "all but the 10 % it looks at most")
    told = [text.value for text in at.markdown if "still **" in text.value or "no longer " in text.value]
    assert len(told) == 2, "without patches, and with all heads on"
    assert "The answer: still **3**" in told[1], "no head is off"
    press(at, "the half that says 3 least")
    assert found(at)[0] == "8 of 16"
    healthy(at.toggle(key="hiding_curves").set_value(True).run())
    ends = next(text.value for text in at.markdown if text.value.startswith("- most looked at first: "))
    assert ends.count("takes over at") + ends.count("still **3** at 90 %") == 4, "three orders, and what says 3 most"
    healthy(at.toggle(key="each_head").set_value(True).run())
    assert "Most missed: block" in captions(at)


def test_another_grid_has_nothing_hidden() -> None:
    at = opened("what_if")
    press(at, "25 % by chance")
    healthy(at.selectbox(key="model_menu").set_value("mnist-vit").run())
    left, whole = found(at)[0].split(" of ")
    assert left == whole
