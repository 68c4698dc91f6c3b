"""How the weights move: Adam, the rate over the run, and the average of the weights."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi

import torch
from torch import Tensor, nn

from vit.training.settings import TrainingSettings

SETTLED = 0.3  # the share of the changes to pictures that is left at the end of a run


@dataclass(frozen=True)
class Group:
    """Parameters that share their ``share`` of the rate and their weight ``decay``, with Adam's two moments of each."""

    share: float
    decay: float
    parameters: list[Tensor]
    means: list[Tensor]
    squares: list[Tensor]


class Adam:
    """Adam (Kingma & Ba 2014, arXiv 1412.6980, algorithm 1), or AdamW (Loshchilov & Hutter 2017, arXiv 1711.05101).

    AdamW shrinks the weights by themselves; Adam adds the decay to the gradient. The numbers are those of
    ``torch.optim``, whose constructor imports torch's compiler: 2.8 s before the first step.
    """

    def __init__(self, module: nn.Module, settings: TrainingSettings) -> None:
        """Matrices decay, vectors and token tables (biases, norms, prefix, positions) do not. Everything but
        the head learns at ``backbone_rate`` times the rate. What needs no gradient is left alone.
        """
        self._decoupled, self._betas, self._epsilon = settings.optimiser == "adamw", (0.9, settings.beta2), 1e-8
        self.steps = 0
        kinds: dict[tuple[float, float], list[Tensor]] = {}
        for name, parameter in module.named_parameters():
            if parameter.requires_grad and parameter.numel():
                is_head = name.split(".")[0] in ("head", "weight", "bias")  # a head alone has no prefix
                plain = parameter.ndim < 2 or name.split(".")[-1] in ("prefix", "position", "probe")
                kind = (1.0 if is_head else settings.backbone_rate, 0.0 if plain else settings.weight_decay)
                kinds.setdefault(kind, []).append(parameter)
        self.groups = [
            Group(share, decay, tensors, *([torch.zeros_like(t) for t in tensors] for _ in range(2)))
            for (share, decay), tensors in kinds.items()
        ]

    @property
    def parameters(self) -> list[Tensor]:
        return [parameter for group in self.groups for parameter in group.parameters]

    @torch.no_grad()
    def step(self, lr: float) -> None:
        """Move every parameter by its gradient; gradients are used up."""
        self.steps += 1
        beta1, beta2 = self._betas
        for group in self.groups:
            weights, rate = group.parameters, lr * group.share
            gradients = [weight.grad for weight in weights]
            if group.decay and self._decoupled:
                torch._foreach_mul_(weights, 1 - rate * group.decay)
            elif group.decay:
                gradients = torch._foreach_add(gradients, weights, alpha=group.decay)
            torch._foreach_lerp_(group.means, gradients, 1 - beta1)
            torch._foreach_mul_(group.squares, beta2)
            torch._foreach_addcmul_(group.squares, gradients, gradients, 1 - beta2)
            lengths = torch._foreach_sqrt(group.squares)
            torch._foreach_div_(lengths, (1 - beta2**self.steps) ** 0.5)
            torch._foreach_add_(lengths, self._epsilon)
            torch._foreach_addcdiv_(weights, group.means, lengths, value=-rate / (1 - beta1**self.steps))
            for weight in weights:
                weight.grad = None

    def moments(self) -> dict[str, Tensor]:
        """The two moments of every parameter by a name, to be saved and filled again."""
        rows = [(group.means, group.squares) for group in self.groups]
        return {
            f"{g}.{kind}.{i}": tensor
            for g, row in enumerate(rows)
            for kind, tensors in zip(("mean", "square"), row, strict=True)
            for i, tensor in enumerate(tensors)
        }


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


def amount(progress: float, settings: TrainingSettings) -> float:
    """How much of their change pictures still get at ``progress``: all, and over the last ``settle`` ever less.

    What it will be judged on is unchanged, so it ends nearer to that; some change stays, or it learns by heart.
    """
    if not settings.settle:
        return 1.0
    return 1 - (1 - SETTLED) * max(0.0, 1 - (1 - progress) / settings.settle)


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
