"""The optimiser: Adam and AdamW, the learning rate over the run, and the average of the weights."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi

import torch
from torch import Tensor, nn

from vit.training.learn.flat_parameters import flatten, gradient_of
from vit.training.settings import TrainingSettings

SETTLED = 0.3  # the share of the changes to pictures that is left at the end of a run


@dataclass(frozen=True)
class Group:
    """Weights that share their ``share`` of the rate and their weight ``decay``, with their gradient and Adam's two
    moments: four vectors."""

    share: float
    decay: float
    weights: Tensor
    gradient: Tensor
    means: Tensor
    squares: Tensor


class Adam:
    """Adam (Kingma & Ba 2014, arXiv 1412.6980, algorithm 1), or AdamW (Loshchilov & Hutter 2017, arXiv 1711.05101).

    AdamW shrinks the weights by themselves; Adam adds the decay to the gradient. The numbers are those of
    ``torch.optim``, whose constructor imports torch's compiler: 2.8 s before the first step.

    ``weights`` and ``gradient`` are one vector each, of which the module's parameters and their gradients are
    parts from now on; ``names`` says in which order.
    """

    def __init__(self, module: nn.Module, settings: TrainingSettings) -> None:
        """Matrices decay, vectors and token tables (biases, norms, prefix, positions) do not. Everything but
        the head learns at ``backbone_rate`` times the rate, and less the earlier its block where there is a
        ``layer_decay`` (Clark et al. 2020, arXiv 2003.10555, section 3.1). What needs no gradient is left alone.
        """
        self._decoupled, self._betas, self._epsilon = settings.optimiser == "adamw", (0.9, settings.beta2), 1e-8
        self.steps = 0
        depth = len({name.split(".")[1] for name, _ in module.named_parameters() if name.startswith("blocks.")})
        kinds: dict[tuple[float, float], dict[str, Tensor]] = {}
        for name, parameter in module.named_parameters():
            if parameter.requires_grad and parameter.numel():
                is_head = name.split(".")[0] in ("head", "weight", "bias")  # a head alone has no prefix
                plain = parameter.ndim < 2 or name.split(".")[-1] in ("prefix", "position", "probe")
                share = settings.backbone_rate * settings.layer_decay ** _blocks_after(name, depth)
                kind = (1.0 if is_head else share, 0.0 if plain else settings.weight_decay)
                kinds.setdefault(kind, {})[name] = parameter
        self.names = [name for named in kinds.values() for name in named]
        parameters = [parameter for named in kinds.values() for parameter in named.values()]
        self.weights, self.gradient = flatten(parameters), gradient_of(parameters)
        lengths = [sum(parameter.numel() for parameter in named.values()) for named in kinds.values()]
        vectors = (self.weights, self.gradient, torch.zeros_like(self.weights), torch.zeros_like(self.weights))
        pieces = zip(*(vector.split(lengths) for vector in vectors), strict=True)
        self.groups = [Group(*kind, *four) for kind, four in zip(kinds, pieces, strict=True)]

    @torch.no_grad()
    def step(self, lr: float) -> None:
        """Move every weight by its gradient; the gradient is used up."""
        self.steps += 1
        beta1, beta2 = self._betas
        for group in self.groups:
            rate = lr * group.share
            if group.decay and self._decoupled:
                group.weights.mul_(1 - rate * group.decay)
            elif group.decay:
                group.gradient.add_(group.weights, alpha=group.decay)
            group.means.lerp_(group.gradient, 1 - beta1)
            group.squares.mul_(beta2).addcmul_(group.gradient, group.gradient, value=1 - beta2)
            length = group.squares.sqrt().div_((1 - beta2**self.steps) ** 0.5).add_(self._epsilon)
            group.weights.addcdiv_(group.means, length, value=-rate / (1 - beta1**self.steps))
        self.gradient.zero_()

    def moments(self) -> dict[str, Tensor]:
        """The two moments of every group by a name, to be saved and filled again."""
        return {
            f"{g}.{kind}": moment
            for g, group in enumerate(self.groups)
            for kind, moment in (("mean", group.means), ("square", group.squares))
        }


def _blocks_after(name: str, depth: int) -> int:
    """How many blocks come after the parameter of that name: all of them after the embeddings."""
    part, *rest = name.split(".")
    if part in ("patch_embedding", "prefix", "position", "norm_before"):
        return depth
    return depth - 1 - int(rest[0]) if part == "blocks" else 0


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

    def __init__(self, averaged: Tensor, newest: Tensor, ema: float) -> None:
        """Two vectors of weights, in the same order."""
        self._averaged, self._newest, self._ema = averaged, newest, ema

    def update(self, step: int) -> None:
        """Take in the weights after ``step`` steps."""
        self._averaged.lerp_(self._newest, 1 - min(self._ema, step / (step + 9)))


def clip(gradient: Tensor, longest: float) -> float:
    """Shorten the gradient to ``longest`` (0: leave it); returns the length it had."""
    length = float(gradient.norm())
    if 0 < longest < length:
        gradient.mul_(longest / length)
    return length
