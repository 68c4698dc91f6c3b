"""Neurons: their activity is the pass's, what they write adds up to the MLP's output, and where that pushes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tests.support.models import every_vit, small_vit
from vit.analysis.activation import curve
from vit.analysis.block_steps import block_steps
from vit.analysis.neurons import activity, pushes, written
from vit.analysis.norms import deviation, linear_part


@every_vit
def test_what_all_neurons_write_is_the_mlps_output(name: str) -> None:
    """Activity times direction, summed over neurons, and what biases add; divided by the deviations of norms behind."""
    small = small_vit(name)
    model, token = small.model, small.trace.layout.n_tokens - 1
    steps, block = block_steps(model, small.trace, 0, token), model.blocks[0]
    columns = torch.stack([written(model, 0, neuron) for neuron in range(model.config.mlp_width)])  # (mlp, d)
    activated = torch.from_numpy(steps.activated)
    inner, outer = deviation(block.mlp.norm, activated), deviation(block.scale2, torch.from_numpy(steps.down))
    silent = _bias(block.mlp.norm, activated) @ block.mlp.down.weight.mT + _bias(block.mlp.down, outer)  # (d,)
    added = activated @ columns / inner + linear_part(block.scale2, silent)
    np.testing.assert_allclose(added / outer + _bias(block.scale2, outer), steps.mlp_out, atol=1e-4, rtol=1e-3)


def _bias(module: torch.nn.Module, like: torch.Tensor) -> torch.Tensor:
    """The bias of a layer or a norm; zeros for one that has none."""
    found = getattr(module, "bias", None)
    return torch.zeros_like(like) if found is None else found


@every_vit
def test_the_activity_on_a_patch_is_the_token_s(name: str) -> None:
    small = small_vit(name)
    layout = small.trace.layout
    values = activity(small.model, small.trace, 0, 3)
    assert values.shape == (layout.n_patches,)
    last = block_steps(small.model, small.trace, 0, layout.n_tokens - 1)
    assert values[-1] == last.activated[3]


@every_vit
def test_pushes_are_the_logits_change_with_the_norms_scale_held(name: str) -> None:
    small = small_vit(name)
    model, trace = small.model, small.trace
    direction = torch.randn(model.config.width, generator=torch.Generator().manual_seed(0))
    found = pushes(model, trace, direction)
    sums = {*model.config.pooling.split("+")} <= {"mean", *model.config.prefix}
    assert (found is None) == (model.head is None or not sums)
    if found is None:
        return
    if model.config.last_norm == "pooled":  # its deviation is of the mean, held likewise
        deviations = deviation(model.pooled_norm, trace.final[0, trace.layout.n_prefix :].mean(0))
        pushed = linear_part(model.pooled_norm, direction) / deviations
        np.testing.assert_allclose(found, (model.head.weight @ pushed).numpy(), atol=1e-3, rtol=1e-3)
        return

    def held(resid: torch.Tensor) -> torch.Tensor:
        """The final norm with the deviation of the pass as it was."""
        first = trace.blocks[-1].resid_post
        deviation = (first.var(dim=-1, correction=0, keepdim=True) + model.norm.eps).sqrt()
        return (resid - resid.mean(dim=-1, keepdim=True)) / deviation * model.norm.weight + model.norm.bias

    last = trace.blocks[-1].resid_post
    logits = [
        model.pool_and_classify(last, {"final": lambda _, resid=resid: held(resid)})[3][0]
        for resid in (last, last + direction)
    ]
    np.testing.assert_allclose(found, (logits[1] - logits[0]).numpy(), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("name", ["cls", "map", "distilled"])
def test_the_curve_is_the_activation(name: str) -> None:
    small = small_vit(name)
    steps = block_steps(small.model, small.trace, 0, 0)
    np.testing.assert_allclose(curve(small.model, steps.up), steps.activated, atol=1e-6)


def test_the_curve_of_a_gated_mlp_is_that_of_its_gate() -> None:
    model = small_vit("rotary").model
    x = np.linspace(-3, 3, 7, dtype=np.float32)
    np.testing.assert_allclose(curve(model, x), F.silu(torch.from_numpy(x)).numpy())
