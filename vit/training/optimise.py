"""How the weights move: the optimiser's groups, the rate over the run, and the average of the weights."""

from __future__ import annotations

from math import cos, pi

import torch
from torch import Tensor, nn

from vit.training.settings import TrainingSettings


def optimiser(module: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    """AdamW (Loshchilov & Hutter 2017, arXiv 1711.05101) or Adam over what is trained in ``module``.

    Matrices decay, vectors and token tables (biases, norms, prefix, positions) do not. Everything but
    the head learns at ``backbone_rate`` times the rate: each group's own share stands under ``share``.
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            is_head = name.split(".")[0] in ("head", "weight", "bias")  # a head alone has no prefix
            share = 1.0 if is_head else settings.backbone_rate
            plain = parameter.ndim < 2 or name.split(".")[-1] in ("prefix", "position", "probe")
            groups.setdefault((share, 0.0 if plain else settings.weight_decay), []).append(parameter)
    kind = torch.optim.AdamW if settings.optimiser == "adamw" else torch.optim.Adam
    return kind(
        [{"params": params, "share": share, "weight_decay": decay} for (share, decay), params in groups.items()],
        lr=settings.lr,
        betas=(0.9, settings.beta2),
        fused=True,
    )


def set_rate(optimiser: torch.optim.Optimizer, lr: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = lr * group["share"]


def schedule(progress: float, settings: TrainingSettings) -> float:
    """The rate at ``progress`` (0 … 1) through the run, as a share of its highest.

    A straight rise during ``warmup``, then half a cosine down to 0 (Loshchilov & Hutter 2016, arXiv
    1608.03983) or no change.
    """
    if progress < settings.warmup:
        return max(progress / settings.warmup, 1e-3)
    if settings.schedule == "constant":
        return 1.0
    done = (progress - settings.warmup) / max(1e-9, 1 - settings.warmup)
    return 0.5 * (1 + cos(pi * min(1.0, done)))


class Average:
    """An exponential moving average of the weights, which judges better than the newest ones.

    Young averages follow faster: step t keeps min(ema, t / (t + 9)) of the old value.
    """

    def __init__(self, averaged: nn.Module, module: nn.Module, ema: float) -> None:
        self.ema = ema
        self._averaged = [p.detach() for p in averaged.parameters()]
        self._newest = [p.detach() for p in module.parameters()]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after ``step`` steps."""
        keep = min(self.ema, step / (step + 9))
        torch._foreach_lerp_(self._averaged, self._newest, 1 - keep)


@torch.no_grad()
def clip(parameters: list[Tensor], longest: float) -> Tensor:
    """Shorten the gradient to ``longest`` (0: leave it); returns the length it had."""
    return nn.utils.clip_grad_norm_(parameters, longest if longest else float("inf"))
