"""What the picture of the whole model is drawn from is the trace's, for every kind of model, and small."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.models import SMALL, noise, random_model
from tests.support.packed import unpacked
from ui.parts.overview.whole_model import payload
from vit import PRESETS, Trace, ViT
from vit.analysis.components import colour_levels, colours
from vit.analysis.similarity import patch_stream


def packed(model: ViT, trace: Trace) -> bytes:
    scores, _ = colour_levels(patch_stream(trace))
    return payload.whole(trace, model, scores)


def test_every_kind_of_model_is_packed_as_it_was_traced(small: ViT) -> None:
    trace = small.trace(noise(small.config))
    header, arrays = unpacked(packed(small, trace))
    layout, levels = trace.layout, trace.depth + 1
    assert header["grid"] == list(layout.grid)
    assert header["prefix"] == [layout.name(token) for token in range(layout.n_prefix)]
    assert arrays["colours"].shape == (levels, layout.n_patches, 3)
    scores, _ = colour_levels(patch_stream(trace))
    np.testing.assert_array_equal(arrays["colours"][-1], colours(scores[-1]))
    for layer, block in enumerate(trace.blocks):
        mean = block.pattern[0].mean(0).numpy()
        taken = np.take_along_axis(mean, arrays["sources"][layer].astype(np.int64), -1)
        np.testing.assert_allclose(taken, arrays["shares"][layer], rtol=1e-6)
        np.testing.assert_allclose(arrays["mlp"][layer], block.mlp_out[0].norm(dim=-1).numpy(), rtol=1e-6)
    assert arrays["length"].shape == (levels, layout.n_tokens)
    if "toward" in arrays:
        assert arrays["toward"].shape == (levels, layout.n_tokens)
        assert np.isfinite(arrays["toward"][:, layout.n_prefix :]).all()


def test_one_block_s_heads_whole_and_merged() -> None:
    model = random_model(SMALL["registers"])
    trace = model.trace(noise(model.config))
    header, arrays = unpacked(payload.heads_of_block(trace, 1))
    pattern = trace.blocks[1].pattern[0].numpy()
    np.testing.assert_allclose(arrays["pattern"].astype(np.float32), pattern, rtol=0.0005, atol=3e-8)
    assert (header["side"], header["layer"]) == (1, 1)
    header, arrays = unpacked(payload.heads_of_block(trace, 1, limit=400))
    assert header["side"] > 1
    assert arrays["pattern"].nbytes <= 400
    assert header["fullGrid"] == list(trace.layout.grid)


@pytest.mark.parametrize(("preset", "side", "most"), [("dinov2-s14", 224, 0.6e6), ("dinov2-s14", 518, 1.5e6)])
def test_the_first_page_is_light(preset: str, side: int, most: float) -> None:
    config = replace(PRESETS[preset], image_size=(side, side))
    model = ViT(config).eval().requires_grad_(False)
    assert len(packed(model, model.trace(noise(config)))) < most
