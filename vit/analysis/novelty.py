"""Is a picture like those a classifier learned from? How far its pooled output lies from every class's mean.

The distance is Mahalanobis's: directions in which pictures of one class differ anyway count little (Lee et al. 2018,
"A simple unified framework for detecting out-of-distribution samples", arXiv 1807.03888, equation 2). What it needs is
fitted once on pictures with known classes and lies in ``novelty.safetensors`` beside a model's weights.
"""

from __future__ import annotations

from dataclasses import dataclass
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

    ``means``: (classes, d), of the pooled outputs; ``whitening``: (d, d), after which the pictures of a class differ
    equally in every direction; ``threshold``: (), the distance that ``FLAGGED`` of known pictures exceed.
    """

    means: Tensor
    whitening: Tensor
    threshold: Tensor


def fit(pooled: Tensor, labels: Tensor, kept_pooled: Tensor) -> Known:
    """From pooled outputs (n, d) with their classes (n,), and others (m, d) of the same classes for the threshold."""
    pooled = pooled.double()
    means = torch.stack([pooled[labels == label].mean(0) for label in range(int(labels.max()) + 1)])  # (classes, d)
    variances, directions = torch.linalg.eigh((pooled - means[labels]).T.cov())
    whitening = directions / (variances + SHRINK * variances.mean()).sqrt()  # (d, d)
    known = Known(means.float(), whitening.float(), torch.tensor(1.0))
    return Known(known.means, known.whitening, novelty(kept_pooled, known).quantile(1 - FLAGGED))


def novelty(pooled: Tensor, known: Known) -> Tensor:
    """How far pooled outputs (n, d) lie from the nearest class's mean: (n,), in thresholds; above 1 is unlike all."""
    apart = (rearrange(pooled, "n d -> n 1 d") - known.means) @ known.whitening  # (n, classes, d)
    return apart.norm(dim=-1).amin(dim=-1) / known.threshold


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
