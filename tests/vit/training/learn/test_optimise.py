"""One step: the gradient of a batch, how the weights move by it, and their average."""

from __future__ import annotations

import pytest
import torch

from tests.support.models import random_model
from tests.support.runs import tiny
from vit import ViT, ViTConfig
from vit.data import augment
from vit.training.learn import optimise
from vit.training.learn.distributed import Processes
from vit.training.learn.gradient import HalvedBatch, gradient_for
from vit.training.learn.record import Learning
from vit.training.learn.task import Task


def trainable() -> ViT:
    config = ViTConfig(image_size=(8, 8), patch_size=4, width=8, depth=1, heads=1, mlp_width=8, n_classes=2)
    return random_model(config).requires_grad_(True)


def test_matrices_decay_and_vectors_and_tables_do_not() -> None:
    """Seen in two steps: ones without a gradient move by their decay alone, noughts with one by their rate alone."""
    model = trainable()
    adam = optimise.Adam(model, tiny(weight_decay=0.3, backbone_rate=0.1).training)
    adam.weights.fill_(1.0)
    adam.step(lr=1.0)
    matrices = {name for name, _ in model.named_parameters() if name.endswith(".weight") and "norm" not in name}
    for name, parameter in model.named_parameters():
        rate = 1.0 if name.startswith("head.") else 0.1
        expected = 1 - rate * 0.3 if name in matrices else 1.0
        assert torch.allclose(parameter, torch.full_like(parameter, expected)), name
    adam.weights.zero_()
    adam.gradient.fill_(1.0)
    adam.step(lr=1.0)
    moved = {name: -parameter.mean().item() for name, parameter in model.named_parameters()}
    assert all(moved[name] == pytest.approx(10 * moved["norm.bias"]) for name in ("head.weight", "head.bias"))
    assert all(moved[name] == pytest.approx(moved["norm.bias"]) for name in moved if not name.startswith("head."))


def test_a_module_s_parameters_are_parts_of_one_vector() -> None:
    model, twin = trainable(), trainable()
    adam = optimise.Adam(model, tiny().training)
    for (name, ours), theirs in zip(model.named_parameters(), twin.parameters(), strict=True):
        assert torch.equal(ours, theirs), name
    pixels = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    for each in (model, twin):
        each(pixels).square().sum().backward()
    named = dict(twin.named_parameters())
    assert torch.equal(adam.gradient, torch.cat([named[name].grad.flatten() for name in adam.names]))
    adam.weights.zero_()
    assert all(not parameter.any() for parameter in model.parameters())


@pytest.mark.parametrize("batch", [33, 64])
def test_two_halves_have_the_gradient_of_the_batch(batch: int) -> None:
    """Also of a batch that cannot be halved; against the batch as a whole, in one pass."""
    settings = tiny(batch=batch, label_smoothing=0.1, precision="fp32", threads=2)
    found = []
    for dropout in (0.0, 1e-9):  # any dropout means whole batches; so little changes no number
        settings.model.dropout = dropout
        task = Task(settings, torch.device("cpu"))
        torch.nn.init.normal_(task.model.head.weight, generator=torch.Generator().manual_seed(0))
        learning = Learning(task, settings.training)
        gradient = gradient_for(
            task, learning.module, learning.optimiser, Processes(settings.training), settings.training
        )
        chance = torch.zeros(batch, augment.DRAWS)
        measured = gradient(torch.arange(batch), chance, torch.arange(batch).roll(1))
        assert isinstance(gradient, HalvedBatch) == (dropout == 0)
        found.append((measured, learning.optimiser.gradient))
    (halves, by_halves), (whole, at_once) = found
    assert halves == pytest.approx(whole, rel=1e-5)
    assert at_once.abs().max() > 1e-3
    assert torch.allclose(by_halves, at_once, atol=1e-6)


@pytest.mark.parametrize(("name", "kind"), [("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)])
def test_adam_is_torch_s(name: str, kind: type[torch.optim.Optimizer]) -> None:
    ours, theirs = trainable(), trainable()
    settings = tiny(optimiser=name, weight_decay=0.2, beta2=0.98).training
    own = optimise.Adam(ours, settings)
    groups = [([], 0.2), ([], 0.0)]
    for key, p in theirs.named_parameters():
        groups[p.ndim < 2 or key in ("prefix", "position")][0].append(p)
    other = kind([{"params": ps, "weight_decay": decay} for ps, decay in groups], betas=(0.9, 0.98))
    for step in range(5):
        pixels = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(step))
        lr = 0.01 * (step + 1)
        for model in (ours, theirs):
            model(pixels).square().sum().backward()
        own.step(lr)
        for group in other.param_groups:
            group["lr"] = lr
        other.step()
        other.zero_grad()
    for (key, a), b in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-5), key


def test_an_average_of_weights_by_hand() -> None:
    """Young: the first step keeps 1/10 of the old; old: it keeps ``ema``."""
    newest, averaged = torch.ones(1), torch.zeros(1)
    average = optimise.Average(averaged, newest, ema=0.99)
    average.update(1)
    assert averaged.item() == pytest.approx(0.9)
    average.update(100_000)
    assert averaged.item() == pytest.approx(0.9 * 0.99 + 0.01)
