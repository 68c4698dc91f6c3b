"""Is a picture like those a classifier learned from? How far its pooled output lies from every class's mean.

Distances are Mahalanobis's: directions in which pictures of one class differ anyway count little. From the squared
distance to the nearest class that to the mean of all is taken away, so that what is unusual in every picture counts
little too (Ren et al. 2021, "A simple fix to Mahalanobis distance for improving near-OOD detection", arXiv 2106.09022).
What it needs is fitted once on pictures of known classes and lies in ``novelty.safetensors`` beside a model's weights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from einops import rearrange
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from vit.checkpoints.files import CheckpointError

FILE = "novelty.safetensors"
SHRINK = 0.1  # of the mean variance, added to that of every direction: few pictures say little about the narrowest
FLAGGED = 0.05  # the share of pictures of the known classes that may be called unlike them


@dataclass(frozen=True)
class Known:
    """What pictures of the known classes are like.

    ``means``: (classes, d), of the pooled outputs, and ``mean`` of all: (d,). ``within``, ``overall``: (d, d), after
    which the pictures of a class, and all pictures, differ equally in every direction. ``typical``: (), the difference
    of the squared distances that half of known pictures exceed, ``threshold``: (), that few of them do.
    """

    means: Tensor
    mean: Tensor
    within: Tensor
    overall: Tensor
    typical: Tensor
    threshold: Tensor


def fit(pooled: Tensor, labels: Tensor, kept_pooled: Tensor, flagged: float = FLAGGED) -> Known:
    """From pooled outputs (n, d) with their classes (n,), and others (m, d) of the same classes for the threshold.

    ``flagged``: the share of those others above the threshold; less than is wanted of new pictures where the model
    has learned from these, whose outputs then lie nearer to the means.
    """
    means = torch.stack([pooled[labels == label].mean(0) for label in range(int(labels.max()) + 1)])  # (classes, d)
    mean = pooled.mean(0)
    within, overall = _whitening(pooled - means[labels]), _whitening(pooled - mean)
    known = Known(means, mean, within, overall, typical=torch.tensor(0.0), threshold=torch.tensor(1.0))
    scores = novelty(kept_pooled, known)
    return replace(known, typical=scores.median(), threshold=scores.quantile(1 - flagged))


def _whitening(differences: Tensor) -> Tensor:
    """The matrix (d, d) after which differences from a mean (n, d) have about variance 1 in every direction."""
    variances, directions = torch.linalg.eigh(differences.double().T.cov())
    whitening: Tensor = (directions / (variances + SHRINK * variances.mean()).sqrt()).float()
    return whitening


def novelty(pooled: Tensor, known: Known) -> Tensor:
    """How unlike known pictures outputs (n, d) are: (n,); 0 is typical of them, few of them are above 1."""
    apart = (rearrange(pooled, "n d -> n 1 d") - known.means) @ known.within  # (n, classes, d)
    from_nearest = apart.square().sum(-1).amin(-1)  # (n,)
    from_all = ((pooled - known.mean) @ known.overall).square().sum(-1)  # (n,)
    return (from_nearest - from_all - known.typical) / (known.threshold - known.typical)


def write(known: Known, folder: Path) -> None:
    """Beside a model's weights, in half precision."""
    save_file({name: tensor.half().contiguous() for name, tensor in vars(known).items()}, folder / FILE)


def read(folder: Path) -> Known | None:
    """What is known beside the model in ``folder``; None where nothing is. CheckpointError for a damaged file."""
    if not (folder / FILE).is_file():
        return None
    try:
        return Known(**{name: tensor.float() for name, tensor in load_file(folder / FILE).items()})
    except (SafetensorError, OSError, TypeError) as error:
        raise CheckpointError(f"{FILE} in {folder} cannot be read ({error}): fetch it again.") from None
