"""Is a picture like those a classifier learned from? What one more answer, "none of these", would be worth.

A classifier has no such answer and must choose a name. Here one is fitted beside its own, linear like its head, on
pictures of the names and on photographs of other things (outlier exposure: Hendrycks, Mazeika & Dietterich 2019, arXiv
1812.04606). It reads the CLS token after each of the last few blocks: the last has learned to tell the known classes
apart and puts what is new beside one of them, those before it still see the difference.
What it needs is fitted once and lies in ``novelty.safetensors`` beside a model's weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from einops import rearrange
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from vit.checkpoints.files import CheckpointError
from vit.checkpoints.writing import save_tensors
from vit.model.config import ViTConfig

FILE = "novelty.safetensors"
BLOCKS = 5  # the last ones, CLS as the final norm leaves it
DECAY = 0.03  # of the squared weights, for vectors of variance 1 in every direction
FLAGGED = 0.04  # the share of pictures of the known classes called unlike them, of others a little more: 5 % at most


@dataclass(frozen=True)
class Examples:
    """Pictures of one kind, such as sharp ones: ``cls`` (blocks, n, d), after each of the blocks; ``labels`` (n,), -1
    for what is none of the classes; ``counts``: how much all of them together count in the fit."""

    cls: Tensor
    labels: Tensor
    counts: float = 1.0


@dataclass(frozen=True)
class Known:
    """One answer more than the classifier has, and what is usual for pictures that it knows.

    ``weight`` (blocks, d, classes + 1) and ``bias`` (classes + 1,): the logits of the classes, then that of none of
    them. ``typical`` and ``few`` (): the log-odds of none that half of the known pictures exceed, and few of them.
    """

    weight: Tensor
    bias: Tensor
    typical: Tensor
    few: Tensor


def fit(examples: Sequence[Examples], kept: Tensor) -> Known:
    """From pictures of the classes and of none; and of some of the classes that nothing has learned from, ``kept``
    (blocks, m, d), for the threshold.

    Each kind should be there with the classes and without: a model that learned from coarse pictures would else call
    a sharp one of its own classes new for being sharp, or a close-up for being close.
    """
    blocks = len(kept)
    vectors = torch.cat([rearrange(kind.cls, "blocks n d -> n (blocks d)") for kind in examples])
    labels = torch.cat([kind.labels for kind in examples])
    classes = int(labels.max()) + 1
    answers = torch.where(labels < 0, classes, labels)
    shares = torch.cat([torch.full((len(kind.labels),), kind.counts / len(kind.labels)) for kind in examples])
    shares = shares / shares.sum()
    mean = shares @ vectors  # (blocks·d,)
    deviation = (shares @ (vectors - mean).square()).sqrt() + 1e-6  # (blocks·d,)
    standard = (vectors - mean) / deviation
    weight = torch.zeros(vectors.shape[1], classes + 1, requires_grad=True)
    bias = torch.zeros(classes + 1, requires_grad=True)
    search = torch.optim.LBFGS([weight, bias], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        wrong = F.cross_entropy(standard @ weight + bias, answers, reduction="none")  # (n,)
        total = (shares * wrong).sum() + DECAY / 2 * weight.square().sum()
        total.backward()
        return total

    search.step(loss)
    scaled = weight.detach() / deviation[:, None]
    found = rearrange(scaled, "(blocks d) answers -> blocks d answers", blocks=blocks)
    offset = bias.detach() - mean @ scaled
    typical, few = odds_of_none(kept, found, offset).quantile(torch.tensor([0.5, 1 - FLAGGED]))
    return Known(found, offset, typical, few)


def odds_of_none(cls: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """ln p(none) / p(any of the classes) of CLS tokens (blocks, n, d): (n,)."""
    logits = torch.einsum("b n d, b d a -> n a", cls, weight) + bias  # (n, classes + 1)
    return logits[:, -1] - logits[:, :-1].logsumexp(-1)


def novelty(cls: Tensor, known: Known) -> Tensor:
    """How unlike known pictures those are whose CLS tokens (blocks, n, d) these are: (n,); 0 is typical of them, few of
    them are above 1."""
    return (odds_of_none(cls, known.weight, known.bias) - known.typical) / (known.few - known.typical)


def write(known: Known, folder: Path) -> None:
    """Beside a model's weights. OSError where that cannot be done."""
    save_tensors(vars(known), folder / FILE)


def read(folder: Path, config: ViTConfig) -> Known | None:
    """What is known beside the model in ``folder``, which is of this ``config``; None where nothing is.

    CheckpointError for a damaged file, and one that belongs to another model.
    """
    if not (folder / FILE).is_file():
        return None
    try:
        known = Known(**load_file(folder / FILE))
    except (SafetensorError, OSError, TypeError) as error:
        raise CheckpointError(f"{FILE} in {folder} cannot be read ({error}): fetch it again.") from None
    blocks, answers = len(known.weight) if known.weight.ndim else 0, config.n_classes + 1
    wanted = [(blocks, config.width, answers), (answers,), (), ()]
    found = [tuple(tensor.shape) for tensor in vars(known).values()]
    if found != wanted or not 1 <= blocks <= config.depth or "cls" not in config.prefix:
        raise CheckpointError(f"{FILE} in {folder} belongs to another model: fetch it again.")
    return known
